package weir.bench;

import com.miguno.avro.Tweet;
import java.util.Arrays;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.Stores;

/**
 * The running word count in Kafka Streams: words go through a repartition topic, counts are in a
 * store in memory with a changelog, a cache of 64 MiB keeps updates of one word together until the
 * next commit. Ends when WORDS words have been counted.
 *
 * <p>Arguments: as StreamsTweets, with WORDS instead of RECORDS
 */
public final class StreamsWords {
  private StreamsWords() {}

  public static void main(String[] arguments) throws InterruptedException {
    Job job = new Job(Long.parseLong(arguments[3]));
    StreamsBuilder builder = new StreamsBuilder();
    TweetSerde tweets = new TweetSerde();
    builder.stream(arguments[1], Consumed.with(Serdes.ByteArray(), tweets))
        .flatMapValues((Tweet tweet) -> Arrays.asList(tweet.getText().toString().split(" ")))
        .groupBy((key, word) -> word, Grouped.with("words", Serdes.String(), Serdes.String()))
        .aggregate(
            () -> 0L,
            (word, same, count) -> {
              job.count();
              return count + 1;
            },
            Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts"))
                .withKeySerde(Serdes.String())
                .withValueSerde(Serdes.Long()))
        .toStream()
        .to(arguments[2], Produced.with(Serdes.String(), Serdes.Long()));
    var settings = Job.settings(arguments);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20);
    job.run(builder.build(), settings);
  }
}
