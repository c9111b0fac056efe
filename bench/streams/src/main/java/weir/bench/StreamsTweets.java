package weir.bench;

import com.miguno.avro.Tweet;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The tweets job in Kafka Streams, tuned: decode, count, encode. Ends when RECORDS records have gone
 * through and been acknowledged. With COMMIT_MS it runs exactly_once_v2 and commits so often.
 *
 * <p>Arguments: BROKERS IN OUT RECORDS APPLICATION_ID STATE_DIRECTORY [COMMIT_MS]
 *
 * <p>RECORDS 0: goes on, from the end of IN, until it is stopped.
 */
public final class StreamsTweets {
  private StreamsTweets() {}

  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 6 && arguments.length != 7) {
      System.err.println(
          "usage: StreamsTweets BROKERS IN OUT RECORDS APPLICATION_ID STATE_DIRECTORY [COMMIT_MS]");
      System.exit(2);
    }
    long records = Long.parseLong(arguments[3]);
    AtomicLong seen = new AtomicLong();
    CountDownLatch done = new CountDownLatch(1);
    StreamsBuilder builder = new StreamsBuilder();
    TweetSerde tweets = new TweetSerde();
    builder.stream(arguments[1], Consumed.with(Serdes.ByteArray(), tweets))
        .mapValues(tweet -> {
          if (seen.incrementAndGet() == records) {
            done.countDown();
          }
          return tweet;
        })
        .to(arguments[2], Produced.with(Serdes.ByteArray(), tweets));

    KafkaStreams streams =
        new KafkaStreams(builder.build(), settings(arguments));
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      done.countDown();
      return StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
    done.await();
    boolean closed = streams.close(Duration.ofSeconds(60));
    System.out.println("{\"records\": " + seen.get() + "}");
    System.exit(closed && seen.get() >= records ? 0 : 1);
  }

  private static Properties settings(String[] arguments) {
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
