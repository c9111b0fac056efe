import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Scanner;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Record batches by Kafka's own classes.
 *
 *   java -cp CLASSPATH KafkaRecordBatches.java write > src/wire/testdata/kafka_record_batches.txt
 *   java -cp CLASSPATH KafkaRecordBatches.java read < a line of hex for each batch
 *
 * `write` prints a batch in each compression as name and hex; `read` checks batches and prints
 * their records. CLASSPATH: kafka-clients, at.yawk.lz4:lz4-java, snappy-java, zstd-jni, slf4j-api.
 */
public class KafkaRecordBatches {
    public static void main(String[] arguments) {
        if (arguments[0].equals("write")) {
            for (CompressionType type : CompressionType.values()) {
                System.out.println(type.name + " " + HexFormat.of().formatHex(write(type)));
            }
            return;
        }
        Scanner lines = new Scanner(System.in);
        while (lines.hasNext()) read(HexFormat.of().parseHex(lines.next()));
    }

    private static byte[] write(CompressionType type) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
            ByteBuffer.allocate(1 << 20), RecordBatch.MAGIC_VALUE_V2, Compression.of(type).build(),
            TimestampType.CREATE_TIME, 500, RecordBatch.NO_TIMESTAMP, 4000, (short) 3, 70, false, 5);
        builder.append(1000, "key".getBytes(), "value".getBytes());
        // Compressed, it takes more than one block of snappy's stream.
        int size = type == CompressionType.NONE ? 100 : 40000;
        builder.append(900, null, "x".repeat(size).getBytes(), new Header[] {
            new RecordHeader("h", "1".getBytes()), new RecordHeader("h", (byte[]) null)});
        builder.append(1700000000000L, new byte[0], new byte[0]);
        builder.append(1001, "gone".getBytes(), null);
        ByteBuffer buffer = builder.build().buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static void read(byte[] bytes) {
        for (RecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
            batch.ensureValid();
            System.out.println("batch " + batch.compressionType().name + " producer " + batch.producerId()
                + " " + batch.producerEpoch() + " " + batch.baseSequence() + " max " + batch.maxTimestamp());
            for (Record record : batch) {
                System.out.println("  " + record.offset() + " " + record.timestamp() + " key " + record.keySize()
                    + " value " + record.valueSize() + " headers " + record.headers().length);
            }
        }
    }
}
