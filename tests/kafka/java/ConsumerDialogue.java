import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's Java consumer: two in a group with each assignor, and one that chooses where to read. */
public final class ConsumerDialogue {
    private static final int PARTITIONS = 4;
    private static final int RECORDS = 400;
    private static final long TIME = 1_700_000_000_000L;

    private final Dialogue dialogue;

    private ConsumerDialogue(Dialogue dialogue) {
        this.dialogue = dialogue;
    }

    public static void main(String[] arguments) throws Exception {
        ConsumerDialogue self = new ConsumerDialogue(new Dialogue(arguments));
        for (Class<?> assignor : List.of(RangeAssignor.class, RoundRobinAssignor.class,
                 StickyAssignor.class, CooperativeStickyAssignor.class)) {
            self.group(assignor);
        }
        self.places();
    }

    /** One member reads half, a second comes, both read the rest, the first goes, the second has all. */
    private void group(Class<?> assignor) throws Exception {
        String step = assignor.getSimpleName();
        String topic = dialogue.name(step);
        dialogue.createTopics(PARTITIONS, topic);
        write(topic, 0, RECORDS / 2);
        List<String> read = new ArrayList<>();
        Consumer<String, String> first = member(topic, assignor);
        Consumer<String, String> second = member(topic, assignor);
        pollUntil(read, () -> read.size() == RECORDS / 2, first);
        dialogue.step(step + ", alone", () -> first.assignment().size() + " partitions");
        first.commitSync();
        pollUntil(read, () -> first.assignment().size() == PARTITIONS / 2
            && second.assignment().size() == PARTITIONS / 2, first, second);
        write(topic, RECORDS / 2, RECORDS);
        pollUntil(read, () -> read.size() >= RECORDS, first, second);
        dialogue.step(step + ", both", () -> read.size() + " records, "
            + new HashSet<>(read).size() + " different ones");
        dialogue.step(step + ", generations agree", () ->
            first.groupMetadata().generationId() == second.groupMetadata().generationId());
        first.close();  // It commits and leaves.
        pollUntil(read, () -> second.assignment().size() == PARTITIONS, second);
        second.commitSync();
        dialogue.step(step + ", committed", () -> sumCommitted(second, topic));
        second.close();
    }

    private static long sumCommitted(Consumer<String, String> consumer, String topic) {
        long sum = 0;
        for (var one : consumer.committed(places(topic)).values()) sum += one.offset();
        return sum;
    }

    /** Polls the members in turn until the condition holds, and collects what they read. */
    @SafeVarargs
    private static void pollUntil(List<String> read, BooleanSupplier condition,
            Consumer<String, String>... members) {
        long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
        while (!condition.getAsBoolean()) {
            Dialogue.check(System.nanoTime() < end, "not after 40 s; read " + read.size());
            for (Consumer<String, String> member : members) {
                for (ConsumerRecord<String, String> one : member.poll(Duration.ofMillis(20))) {
                    read.add(one.value());
                }
            }
        }
    }

    private Consumer<String, String> member(String topic, Class<?> assignor) {
        Consumer<String, String> member = consumer("group.id", topic + "-group",
            "partition.assignment.strategy", assignor.getName(), "group.protocol", "classic",
            "heartbeat.interval.ms", 100, "session.timeout.ms", 10_000);
        member.subscribe(List.of(topic));
        return member;
    }

    /** Assigned partitions: seeks, times, ends, pauses. */
    private void places() throws Exception {
        String topic = dialogue.name("places");
        dialogue.createTopics(PARTITIONS, topic);
        write(topic, 0, RECORDS);
        TopicPartition place = new TopicPartition(topic, 1);
        try (Consumer<String, String> consumer = consumer()) {
            consumer.assign(List.of(place));
            consumer.seek(place, 40);
            dialogue.step("seek", () -> nextValue(consumer));
            consumer.seekToEnd(List.of(place));
            dialogue.step("position at the end", () -> consumer.position(place));
            consumer.seek(place, 5000);
            dialogue.step("beyond the end, begins at the earliest", () -> nextValue(consumer));
            for (long time : new long[] {TIME - 1, TIME + 200, TIME + 201, TIME + 399, TIME + 10_000}) {
                dialogue.step("offset for time " + time, () ->
                    consumer.offsetsForTimes(Map.of(place, time)).get(place));
            }
            dialogue.step("beginning", () -> consumer.beginningOffsets(List.of(place)));
            dialogue.step("end", () -> consumer.endOffsets(List.of(place)));
        }
        try (Consumer<String, String> consumer = consumer()) {
            paused(consumer, topic);
        }
    }

    private void paused(Consumer<String, String> consumer, String topic) throws Exception {
        TopicPartition still = new TopicPartition(topic, 2);
        TopicPartition moving = new TopicPartition(topic, 3);
        consumer.assign(List.of(still, moving));
        consumer.seekToBeginning(consumer.assignment());
        consumer.pause(List.of(still));
        List<String> read = new ArrayList<>();
        pollUntil(read, () -> read.size() >= RECORDS / PARTITIONS, consumer);
        dialogue.step("paused", () -> read.size() + " records, position " + consumer.position(still));
        consumer.resume(List.of(still));
        pollUntil(read, () -> read.size() >= 2 * RECORDS / PARTITIONS, consumer);
        dialogue.step("resumed", () -> read.size() + " records, position " + consumer.position(still));
    }

    private static String nextValue(Consumer<String, String> consumer) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < end) {
            for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofSeconds(1))) {
                return one.value() + " at " + one.offset() + ", time " + one.timestamp();
            }
        }
        return "nothing";
    }

    private static Set<TopicPartition> places(String topic) {
        Set<TopicPartition> places = new HashSet<>();
        for (int i = 0; i < PARTITIONS; ++i) places.add(new TopicPartition(topic, i));
        return places;
    }

    private void write(String topic, int begin, int end) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                 dialogue.settings(), new StringSerializer(), new StringSerializer())) {
            for (int i = begin; i < end; ++i) {
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, TIME + i, null, "value " + i));
            }
        }
    }

    private Consumer<String, String> consumer(Object... pairs) {
        Map<String, Object> settings = new HashMap<>(dialogue.settings(pairs));
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", settings.containsKey("group.id"));
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }
}
