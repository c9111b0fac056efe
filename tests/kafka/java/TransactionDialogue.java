import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;

/**
 * Kafka's Java clients in transactions, in the newest version of their protocol and then in the classic
 * one: what is committed and aborted, who is fenced, offsets that belong to a transaction, refusals.
 */
public final class TransactionDialogue {
    private static final int NEWEST = 2;
    private static final int CLASSIC = 0;

    private final TransactionClients clients;

    private TransactionDialogue(TransactionClients clients) {
        this.clients = clients;
    }

    public static void main(String[] arguments) throws Exception {
        Dialogue dialogue = new Dialogue(arguments);
        try (Admin admin = dialogue.admin()) {
            TransactionFeature feature = new TransactionFeature(dialogue, admin);
            feature.describe();
            play(dialogue, admin, "newest");
            try {
                feature.change("classic from now on", CLASSIC);
                play(dialogue, admin, "classic");
            } finally {
                feature.change("newest again", NEWEST);
            }
        }
    }

    private static void play(Dialogue dialogue, Admin admin, String protocol) throws Exception {
        TransactionClients clients = new TransactionClients(dialogue, admin, protocol);
        TransactionDialogue self = new TransactionDialogue(clients);
        self.ends();
        self.secondInstance();
        self.offsets();
        self.groupsThatAreNot();
        self.refusals();
        new TransactionAdminScenes(clients, admin).play();
    }

    private void ends() throws Exception {
        clients.scene("ends");
        try (KafkaProducer<String, String> producer = clients.producer("ends")) {
            producer.initTransactions();
            for (int i = 0; i < 5; ++i) {
                boolean commits = i % 2 == 0;
                String value = (commits ? "committed " : "aborted ") + i;
                producer.beginTransaction();
                clients.step("write " + value, () -> clients.write(producer, value, 4));
                clients.step("end of " + value, () -> {
                    if (commits) producer.commitTransaction();
                    else producer.abortTransaction();
                    return "done";
                });
            }
        }
        clients.readAfter("ends");
    }

    /** A second one with the same id aborts what the first has open, and fences it. */
    private void secondInstance() throws Exception {
        clients.scene("fencing");
        try (KafkaProducer<String, String> first = clients.producer("fencing");
             KafkaProducer<String, String> second = clients.producer("fencing")) {
            first.initTransactions();
            first.beginTransaction();
            clients.write(first, "before", 2);
            second.initTransactions();
            clients.writeRefused("the first writes", first, "zombie");
            clients.tellHowItEnds("the first", first);
            second.beginTransaction();
            clients.step("the second writes", () -> clients.write(second, "second", 2));
            clients.tellHowItEnds("the second", second);
        }
        try (KafkaProducer<String, String> first = clients.producer("fencing");
             KafkaProducer<String, String> second = clients.producer("fencing")) {
            first.initTransactions();
            first.beginTransaction();
            clients.write(first, "written by who is fenced at the commit", 2);
            second.initTransactions();
            clients.tellHowItEnds("who only commits", first);
        }
        clients.readAfter("fencing");
    }

    /** What is read, is written elsewhere with the offsets: both are there or neither is. */
    private void offsets() throws Exception {
        clients.scene("offsets");
        String input = clients.filledTopic("input", 10);
        String group = clients.name("group");
        try (KafkaProducer<String, String> producer = clients.producer("copies");
             KafkaConsumer<String, String> consumer = clients.consumer("group.id", group)) {
            producer.initTransactions();
            consumer.subscribe(List.of(input));
            List<ConsumerRecord<String, String>> read = readAll(consumer, 10);
            Map<TopicPartition, OffsetAndMetadata> places = placesAfter(read);

            begin(producer, "copied in vain ", read);
            producer.sendOffsetsToTransaction(places, consumer.groupMetadata());
            producer.abortTransaction();
            clients.step("committed after the abort", () -> clients.groupOffsets(group, false));

            begin(producer, "copied ", read);
            producer.sendOffsetsToTransaction(places, consumer.groupMetadata());
            clients.step("before the commit", () -> clients.groupOffsets(group, false));
            clients.step("before the commit, stable ones", () -> clients.groupOffsets(group, true));
            producer.commitTransaction();
            clients.step("committed", () ->
                TransactionClients.committed(consumer, new TopicPartition(input, 0)));
            refusedOffsets(producer, consumer.groupMetadata(), places);
        }
        clients.readAfter("copies");
    }

    private void begin(KafkaProducer<String, String> producer, String word,
            List<ConsumerRecord<String, String>> read) throws Exception {
        producer.beginTransaction();
        for (var one : read) clients.write(producer, word + one.value(), 1);
    }

    private static List<ConsumerRecord<String, String>> readAll(
            KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> read = new ArrayList<>();
        long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
        while (read.size() < count) {
            Dialogue.check(System.nanoTime() < end, "not after 40 s; read " + read.size());
            consumer.poll(Duration.ofMillis(100)).forEach(read::add);
        }
        return read;
    }

    private static Map<TopicPartition, OffsetAndMetadata> placesAfter(
            List<ConsumerRecord<String, String>> read) {
        Map<TopicPartition, OffsetAndMetadata> places = new HashMap<>();
        for (var one : read) {
            places.put(new TopicPartition(one.topic(), one.partition()),
                new OffsetAndMetadata(one.offset() + 1, "noted"));
        }
        return places;
    }

    /** A member that its group does not know any more commits nothing. */
    private void refusedOffsets(KafkaProducer<String, String> producer, ConsumerGroupMetadata member,
            Map<TopicPartition, OffsetAndMetadata> places) throws Exception {
        String group = member.groupId();
        int generation = member.generationId();
        sendOffsets("of a generation that is over", producer, places, new ConsumerGroupMetadata(
            group, generation - 1, member.memberId(), Optional.empty()));
        sendOffsets("of a generation to come", producer, places, new ConsumerGroupMetadata(
            group, generation + 1, member.memberId(), Optional.empty()));
        sendOffsets("of a stranger", producer, places, new ConsumerGroupMetadata(
            group, generation, "stranger", Optional.empty()));
        sendOffsets("without a member", producer, places, new ConsumerGroupMetadata(group));
    }

    private void groupsThatAreNot() throws Exception {
        clients.scene("no members");
        Map<TopicPartition, OffsetAndMetadata> places = Map.of(
            new TopicPartition(clients.topic(), 0), new OffsetAndMetadata(7));
        try (KafkaProducer<String, String> producer = clients.producer("no members")) {
            producer.initTransactions();
            sendOffsets("of a new group", producer, places,
                new ConsumerGroupMetadata(clients.name("new")));
            sendOffsets("of a new group's stranger", producer, places, new ConsumerGroupMetadata(
                clients.name("newer"), 3, "stranger", Optional.empty()));
        }
        try (KafkaConsumer<String, String> member = clients.consumer("group.id", clients.name("new"))) {
            clients.step("committed", () -> TransactionClients.committed(
                member, new TopicPartition(clients.topic(), 0)));
        }
    }

    private void sendOffsets(String step, KafkaProducer<String, String> producer,
            Map<TopicPartition, OffsetAndMetadata> places, ConsumerGroupMetadata who) throws Exception {
        producer.beginTransaction();
        clients.step("offsets " + step, () -> {
            producer.sendOffsetsToTransaction(places, who);
            return "sent";
        });
        clients.tellHowItEnds("offsets " + step, producer);
    }

    private void refusals() throws Exception {
        clients.scene("refusals");
        try (KafkaProducer<String, String> slow = clients.producer(
                 "slow", "transaction.timeout.ms", 16 * 60 * 1000)) {
            clients.step("too long a time", () -> {
                slow.initTransactions();
                return "taken";
            });
        }
        try (KafkaProducer<String, String> producer = clients.producer(
                 "large", "max.request.size", 4_000_000)) {
            producer.initTransactions();
            producer.beginTransaction();
            clients.step("a small one", () -> clients.write(producer, "small", 1));
            clients.writeRefused("too large a record", producer, "x".repeat(2_000_000));
            clients.tellHowItEnds("too large a record", producer);
            producer.beginTransaction();
            clients.step("the next one", () -> clients.write(producer, "next", 1));
            clients.tellHowItEnds("the next one", producer);
        }
        clients.readAfter("large");
    }
}
