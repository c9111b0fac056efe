package weir.bench;

import com.miguno.avro.Tweet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Bare Avro binary with generated classes. Kafka Streams shares one serde among its threads, so what
 * is used again and again (decoder, encoder, buffer) belongs to a thread.
 */
final class TweetSerde implements Serde<Tweet> {
  private final ThreadLocal<TweetWriter> writers = ThreadLocal.withInitial(TweetWriter::new);
  private final ThreadLocal<TweetReader> readers = ThreadLocal.withInitial(TweetReader::new);

  @Override
  public Serializer<Tweet> serializer() {
    return (topic, tweet) -> writers.get().write(tweet);
  }

  @Override
  public Deserializer<Tweet> deserializer() {
    return (topic, bytes) -> readers.get().read(bytes);
  }

  private static final class TweetWriter {
    private final SpecificDatumWriter<Tweet> writer = new SpecificDatumWriter<>(Tweet.class);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private BinaryEncoder encoder;

    byte[] write(Tweet tweet) {
      try {
        bytes.reset();
        encoder = EncoderFactory.get().directBinaryEncoder(bytes, encoder);
        writer.write(tweet, encoder);
        encoder.flush();
        return bytes.toByteArray();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }

  private static final class TweetReader {
    private final SpecificDatumReader<Tweet> reader = new SpecificDatumReader<>(Tweet.class);
    private BinaryDecoder decoder;

    Tweet read(byte[] bytes) {
      try {
        decoder = DecoderFactory.get().binaryDecoder(bytes, decoder);
        return reader.read(null, decoder);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }
}
