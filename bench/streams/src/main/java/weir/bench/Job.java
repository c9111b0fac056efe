package weir.bench;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;

/** What the jobs of this folder have in common: how they are tuned, and that they end by a count. */
final class Job {
  private final long expected;
  private final AtomicLong seen = new AtomicLong();
  private final CountDownLatch done = new CountDownLatch(1);

  Job(long expected) {
    this.expected = expected;
  }

  /** To be called for each that goes through. */
  void count() {
    if (seen.incrementAndGet() == expected) {
      done.countDown();
    }
  }

  /** Runs until all have been counted, or it fails; then closes and ends the process. */
  void run(Topology topology, Properties settings) throws InterruptedException {
    KafkaStreams streams = new KafkaStreams(topology, settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      done.countDown();
      return StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
    done.await();
    boolean closed = streams.close(Duration.ofSeconds(60));
    System.exit(closed && seen.get() >= expected ? 0 : 1);
  }

  static Properties settings(String[] arguments) {
    boolean follows = arguments[3].equals("0");
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[4]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[5]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
    if (arguments.length == 7) {
      settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
      settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, Integer.parseInt(arguments[6]));
    }
    settings.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG),
        follows ? "latest" : "earliest");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5000);
    settings.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4194304);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), follows ? 0 : 100);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 204800);
    return settings;
  }
}
