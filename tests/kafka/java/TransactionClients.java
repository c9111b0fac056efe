import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The clients of a scene with transactions, its topic, its names, and what is told about them. */
final class TransactionClients {
    private static final int PARTITIONS = 2;
    private static final Set<TransactionState> ENDED = Set.of(TransactionState.EMPTY,
        TransactionState.COMPLETE_COMMIT, TransactionState.COMPLETE_ABORT);

    private final Dialogue dialogue;
    private final Admin admin;
    private final String protocol;
    private String scene;
    private String topic;

    TransactionClients(Dialogue dialogue, Admin admin, String protocol) {
        this.dialogue = dialogue;
        this.admin = admin;
        this.protocol = protocol;
    }

    /** Begins a scene with a topic of its own. */
    void scene(String name) throws Exception {
        scene = name;
        topic = name("topic");
        dialogue.createTopics(PARTITIONS, topic);
    }

    String topic() {
        return topic;
    }

    /** Returns a name that only this scene uses. */
    String name(String stem) {
        return dialogue.name(protocol + "-" + scene.replace(' ', '-') + "-" + stem.replace(' ', '-'));
    }

    void step(String name, Callable<?> what) throws Exception {
        dialogue.step(protocol + ", " + scene + ", " + name, what);
    }

    KafkaProducer<String, String> producer(String id, Object... pairs) {
        Map<String, Object> settings = dialogue.settings(pairs);
        settings.put("transactional.id", name(id));
        settings.put("max.block.ms", 20_000);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    /** A consumer that reads what is committed, unless the pairs say otherwise. */
    KafkaConsumer<String, String> consumer(Object... pairs) {
        Map<String, Object> settings = dialogue.settings("isolation.level", "read_committed",
            "auto.offset.reset", "earliest", "enable.auto.commit", false);
        settings.putAll(dialogue.settings(pairs));
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    /** Writes a value so many times, to the partitions in turn, and tells the offsets. */
    String write(KafkaProducer<String, String> producer, String value, int count) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < count; ++i) {
            sent.add(producer.send(new ProducerRecord<>(topic, i % PARTITIONS, "key", value)));
        }
        List<String> told = new ArrayList<>();
        for (var one : sent) told.add(one.get().partition() + " at " + one.get().offset());
        return told.toString();
    }

    /** Writes what is refused, and returns when the producer knows that its transaction has failed. */
    void writeRefused(String step, KafkaProducer<String, String> producer, String value)
            throws Exception {
        step(step, () -> write(producer, value, 1));
        // The record's own future fails a moment before the transaction; that of the next one, after it.
        try {
            write(producer, value, 1);
            Dialogue.check(false, "taken: " + step);
        } catch (ExecutionException | KafkaException refused) {
            return;
        }
    }

    /** Tells what a commit gives, and an abort where it gives an error. */
    void tellHowItEnds(String who, KafkaProducer<String, String> producer) throws Exception {
        boolean[] committed = {false};
        step(who + ", commit", () -> {
            producer.commitTransaction();
            committed[0] = true;
            return "done";
        });
        if (committed[0]) return;
        step(who + ", abort", () -> {
            producer.abortTransaction();
            return "done";
        });
    }

    /** Creates a topic with one partition and so many values that are in no transaction. */
    String filledTopic(String stem, int count) throws Exception {
        String filled = name(stem);
        dialogue.createTopics(1, filled);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                 dialogue.settings(), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < count; ++i) {
                producer.send(new ProducerRecord<>(filled, "key", "value " + i)).get();
            }
        }
        return filled;
    }

    /** Tells what the scene's topic has when these producers' transactions are over. */
    void readAfter(String... ids) throws Exception {
        for (String id : ids) awaitEnd(name(id));
        readBoth();
    }

    /** A transaction's end is told to its partitions a moment after its producer knows of it. */
    void awaitEnd(String id) throws Exception {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!ENDED.contains(admin.describeTransactions(List.of(id)).description(id).get().state())) {
            Dialogue.check(System.nanoTime() < end, "not after 20 s: the end of " + id);
        }
    }

    /** Tells what the scene's topic has for who reads what is committed, and for who reads all. */
    void readBoth() throws Exception {
        for (String level : List.of("read_committed", "read_uncommitted")) {
            step(level, () -> read(level));
        }
    }

    private String read(String level) {
        List<TopicPartition> places = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; ++i) places.add(new TopicPartition(topic, i));
        Map<String, List<String>> read = new TreeMap<>();
        try (KafkaConsumer<String, String> consumer = consumer("isolation.level", level)) {
            consumer.assign(places);
            Map<TopicPartition, Long> ends = consumer.endOffsets(places);
            long late = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (!places.stream().allMatch(one -> consumer.position(one) >= ends.get(one))) {
                Dialogue.check(System.nanoTime() < late, "not after 20 s: " + ends + ", read " + read);
                for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofMillis(100))) {
                    read.computeIfAbsent("partition " + one.partition(), any -> new ArrayList<>())
                        .add(one.offset() + " " + one.value());
                }
            }
            for (TopicPartition one : places) {
                read.computeIfAbsent("partition " + one.partition(), any -> new ArrayList<>())
                    .add("end " + ends.get(one));
            }
        }
        return read.toString();
    }

    /** Tells a group's offsets; the `stable` ones are without those of transactions that are open. */
    String groupOffsets(String group, boolean stable) throws Exception {
        Map<String, String> told = new TreeMap<>();
        var options = new ListConsumerGroupOffsetsOptions().requireStable(stable);
        admin.listConsumerGroupOffsets(group, options).partitionsToOffsetAndMetadata().get().forEach(
            (one, offset) -> told.put(one.toString(), offset.offset() + " " + offset.metadata()));
        return told.toString();
    }

    /** Tells a group's offset of a partition when no open transaction has another one. */
    static String committed(KafkaConsumer<String, String> member, TopicPartition place) {
        return String.valueOf(member.committed(Set.of(place)).get(place));
    }
}
