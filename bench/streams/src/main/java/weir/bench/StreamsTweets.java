package weir.bench;

import com.miguno.avro.Tweet;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
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
    Job job = new Job(Long.parseLong(arguments[3]));
    StreamsBuilder builder = new StreamsBuilder();
    TweetSerde tweets = new TweetSerde();
    builder.stream(arguments[1], Consumed.with(Serdes.ByteArray(), tweets))
        .mapValues(tweet -> {
          job.count();
          return tweet;
        })
        .to(arguments[2], Produced.with(Serdes.ByteArray(), tweets));

    job.run(builder.build(), Job.settings(arguments));
  }
}
