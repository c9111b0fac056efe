import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's Java producer: idempotent in each compression, with acks 0 and 1, and refused. */
public final class ProducerDialogue {
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 600;
    private static final long TIME = 1_700_000_000_000L;

    private final Dialogue dialogue;

    private ProducerDialogue(Dialogue dialogue) {
        this.dialogue = dialogue;
    }

    public static void main(String[] arguments) throws Exception {
        ProducerDialogue self = new ProducerDialogue(new Dialogue(arguments));
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            self.writeAndRead(codec, "all");
        }
        self.writeAndRead("none", "0");
        self.writeAndRead("none", "1");
        self.refusals();
    }

    private void writeAndRead(String codec, String acks) throws Exception {
        String step = "codec " + codec + ", acks " + acks;
        String topic = dialogue.name(codec + "-" + acks);
        dialogue.createTopics(PARTITIONS, topic);
        dialogue.step(step + ", write", () -> write(topic, codec, acks));
        dialogue.step(step + ", read", () -> read(topic));
    }

    private String write(String topic, String codec, String acks) throws Exception {
        Map<Integer, List<Long>> offsets = new TreeMap<>();
        try (KafkaProducer<String, String> producer = producer(codec, acks)) {
            Dialogue.check(producer.partitionsFor(topic).size() == PARTITIONS, "partitionsFor");
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < RECORDS; ++i) sent.add(producer.send(record(topic, i)));
            for (Future<RecordMetadata> one : sent) {
                offsets.computeIfAbsent(one.get().partition(), any -> new ArrayList<>())
                    .add(one.get().offset());
            }
        }
        StringBuilder told = new StringBuilder();
        offsets.forEach((partition, list) -> told.append(partition).append(" at ")
            .append(list.get(0)).append("..").append(list.get(list.size() - 1)).append(", "));
        return told.toString();
    }

    /** Reads all and compares each record with what was written as it. */
    private String read(String topic) {
        List<TopicPartition> places = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; ++i) places.add(new TopicPartition(topic, i));
        int count = 0;
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                 dialogue.settings("check.crcs", true), new StringDeserializer(),
                 new StringDeserializer())) {
            consumer.assign(places);
            consumer.seekToBeginning(places);
            while (count < RECORDS) {
                for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofSeconds(20))) {
                    checkRecord(one);
                    ++count;
                }
            }
            return count + " records, ends " + new TreeMap<>(byName(consumer.endOffsets(places)));
        }
    }

    private static Map<String, Long> byName(Map<TopicPartition, Long> offsets) {
        Map<String, Long> named = new TreeMap<>();
        offsets.forEach((place, offset) -> named.put(place.toString(), offset));
        return named;
    }

    private static void checkRecord(ConsumerRecord<String, String> one) {
        int number = (int) one.offset() * PARTITIONS + one.partition();
        ProducerRecord<String, String> written = record(one.topic(), number);
        Dialogue.check(written.key().equals(one.key())
            && java.util.Objects.equals(written.value(), one.value())
            && written.timestamp() == one.timestamp()
            && written.headers().equals(one.headers()), "read as record " + number + ": " + one);
    }

    private static ProducerRecord<String, String> record(String topic, int number) {
        String value = number % 10 == 9 ? null : "value " + number + " " + "x".repeat(number % 200);
        ProducerRecord<String, String> record = new ProducerRecord<>(
            topic, number % PARTITIONS, TIME + number, "key " + number, value);
        record.headers().add("number", Integer.toString(number).getBytes());
        record.headers().add("nothing", null);
        return record;
    }

    private void refusals() throws Exception {
        String topic = dialogue.name("small");
        dialogue.createTopics(1, topic);
        try (KafkaProducer<String, String> producer = producer("none", "all")) {
            dialogue.step("too large for the broker", () ->
                producer.send(new ProducerRecord<>(topic, "x".repeat(2_000_000))).get().offset());
            dialogue.step("after the refusal", () ->
                producer.send(new ProducerRecord<>(topic, "small enough")).get().offset());
            dialogue.step("a topic with a bad name", () ->
                producer.send(new ProducerRecord<>("no such/name", "x")).get().offset());
        }
    }

    private KafkaProducer<String, String> producer(String codec, String acks) {
        return new KafkaProducer<>(
            dialogue.settings("compression.type", codec, "acks", acks, "linger.ms", 5,
                "enable.idempotence", acks.equals("all"), "max.request.size", 4_000_000,
                "max.block.ms", 20_000),
            new StringSerializer(), new StringSerializer());
    }
}
