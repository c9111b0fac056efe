import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's Java admin client: topics, settings, offsets, groups, records, and what is refused. */
public final class AdminDialogue {
    private static final long TIME = 1_700_000_000_000L;

    private final Dialogue dialogue;
    private final Admin admin;
    private final String topic;
    private final TopicPartition place;

    private AdminDialogue(Dialogue dialogue, Admin admin) {
        this.dialogue = dialogue;
        this.admin = admin;
        topic = dialogue.name("topic");
        place = new TopicPartition(topic, 0);
    }

    public static void main(String[] arguments) throws Exception {
        Dialogue dialogue = new Dialogue(arguments);
        try (Admin admin = dialogue.admin()) {
            AdminDialogue self = new AdminDialogue(dialogue, admin);
            self.cluster();
            self.topics();
            self.configs();
            self.offsets();
            self.groups();
            self.records();
            self.deleteTopics();
        }
    }

    private void cluster() throws Exception {
        dialogue.step("nodes", () -> admin.describeCluster().nodes().get().size());
        dialogue.step("a controller", () -> admin.describeCluster().controller().get() != null);
    }

    private void topics() throws Exception {
        create("create, only validated", new NewTopic(topic, 2, (short) 1), true);
        dialogue.step("not there yet", () -> describe(topic));
        create("create", new NewTopic(topic, 2, (short) 1).configs(
            Map.of("retention.bytes", "1000000", "cleanup.policy", "delete")), false);
        awaitPartitions(2);
        create("create again", new NewTopic(topic, 2, (short) 1), false);
        create("no partitions", new NewTopic(dialogue.name("none"), 0, (short) 1), false);
        create("too many replicas", new NewTopic(dialogue.name("many"), 1, (short) 3), false);
        create("a bad name", new NewTopic("bad/name", 1, (short) 1), false);
        create("an unknown setting", new NewTopic(dialogue.name("unknown"), 1, (short) 1).configs(
            Map.of("no.such.setting", "1")), false);
        create("the defaults", new NewTopic(dialogue.name("defaults"), Optional.of(1), Optional.empty()),
            false);
        dialogue.step("list", () -> ours(admin.listTopics().names().get()));
        dialogue.step("describe", () -> describe(topic));
        dialogue.step("describe an unknown topic", () -> describe("unknown"));
        dialogue.step("more partitions", () -> grow(4));
        awaitPartitions(4);
        dialogue.step("fewer partitions", () -> grow(3));
        dialogue.step("describe the grown topic", () -> describe(topic));
    }

    private void create(String step, NewTopic wanted, boolean validateOnly) throws Exception {
        dialogue.step(step, () -> {
            var done = admin.createTopics(
                List.of(wanted), new CreateTopicsOptions().validateOnly(validateOnly));
            done.all().get();
            return done.numPartitions(wanted.name()).get() + " partitions, replicas "
                + done.replicationFactor(wanted.name()).get();
        });
    }

    /** Apache Kafka's broker hears a moment later what its controller has done. */
    private void awaitPartitions(int count) throws Exception {
        long end = System.nanoTime() + 20_000_000_000L;
        while (partitions() != count) Dialogue.check(System.nanoTime() < end, "not after 20 s: " + count);
    }

    private int partitions() throws Exception {
        try {
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
        } catch (java.util.concurrent.ExecutionException notYet) {
            return 0;
        }
    }

    private Object grow(int partitions) throws Exception {
        return admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all().get();
    }

    private String describe(String name) throws Exception {
        TopicDescription told = admin.describeTopics(List.of(name)).allTopicNames().get().get(name);
        return told.name() + ", " + told.partitions().size() + " partitions, internal "
            + told.isInternal() + ", replicas " + told.partitions().get(0).replicas().size();
    }

    private Collection<String> ours(Collection<String> names) {
        Collection<String> ours = new TreeSet<>(names);
        ours.removeIf(name -> !name.startsWith(dialogue.prefix));
        return ours;
    }

    private void configs() throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        dialogue.step("configs", () -> configs(resource));
        dialogue.step("alter configs", () -> {
            admin.incrementalAlterConfigs(Map.of(resource, List.of(
                new AlterConfigOp(new ConfigEntry("retention.bytes", "2000000"),
                    AlterConfigOp.OpType.SET)))).all().get();
            return configs(resource);
        });
        dialogue.step("configs of an unknown topic", () ->
            configs(new ConfigResource(ConfigResource.Type.TOPIC, "unknown")));
    }

    private String configs(ConfigResource resource) throws Exception {
        Config told = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        StringBuilder text = new StringBuilder();
        for (String name : List.of("retention.bytes", "cleanup.policy")) {
            ConfigEntry entry = told.get(name);
            text.append(name).append("=").append(entry.value()).append(" ").append(entry.source())
                .append(entry.isReadOnly() ? " read-only " : " ");
        }
        return text.toString();
    }

    private void offsets() throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                 dialogue.settings(), new StringSerializer(), new StringSerializer())) {
            // The latest time is in the middle.
            for (int i = 0; i < 10; ++i) {
                producer.send(new ProducerRecord<>(topic, 0, TIME + (i == 5 ? 100 : i), "key", "value"));
            }
        }
        listOffsets("earliest", OffsetSpec.earliest());
        listOffsets("latest", OffsetSpec.latest());
        listOffsets("of the latest time", OffsetSpec.maxTimestamp());
        listOffsets("by time", OffsetSpec.forTimestamp(TIME + 3));
        listOffsets("by a later time", OffsetSpec.forTimestamp(TIME + 1000));
    }

    private void listOffsets(String step, OffsetSpec spec) throws Exception {
        dialogue.step("offsets, " + step, () -> {
            var told = admin.listOffsets(Map.of(place, spec)).all().get().get(place);
            return told.offset() + " time " + told.timestamp();
        });
    }

    private void groups() throws Exception {
        String group = dialogue.name("group");
        dialogue.step("alter offsets", () -> admin.alterConsumerGroupOffsets(group, Map.of(
            place, new OffsetAndMetadata(7, "noted"),
            new TopicPartition(topic, 1), new OffsetAndMetadata(0))).all().get());
        dialogue.step("list groups", () -> {
            Collection<String> names = new ArrayList<>();
            admin.listGroups().all().get().forEach(one -> names.add(one.groupId()));
            return ours(names);
        });
        dialogue.step("describe group", () -> describeGroup(group));
        dialogue.step("describe an unknown group", () -> describeGroup("unknown"));
        dialogue.step("group offsets", () -> groupOffsets(group));
        dialogue.step("group offsets of an unknown group", () -> groupOffsets("unknown"));
        dialogue.step("delete offsets", () -> {
            admin.deleteConsumerGroupOffsets(group, java.util.Set.of(place)).all().get();
            return groupOffsets(group);
        });
        dialogue.step("delete group", () -> admin.deleteConsumerGroups(List.of(group)).all().get());
        dialogue.step("delete it again", () -> admin.deleteConsumerGroups(List.of(group)).all().get());
        dialogue.step("offsets of the deleted group", () -> groupOffsets(group));
    }

    private String describeGroup(String group) throws Exception {
        ConsumerGroupDescription told =
            admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        return told.groupState() + " " + told.type() + ", " + told.members().size() + " members";
    }

    private String groupOffsets(String group) throws Exception {
        Map<String, String> told = new TreeMap<>();
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().forEach(
            (one, offset) -> told.put(one.toString(), offset.offset() + " " + offset.metadata()));
        return told.toString();
    }

    private void records() throws Exception {
        deleteRecords("delete records", 4);
        listOffsets("earliest after the deletion", OffsetSpec.earliest());
        deleteRecords("delete records beyond the end", 400);
    }

    private void deleteRecords(String step, long before) throws Exception {
        dialogue.step(step, () -> admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(before)))
            .lowWatermarks().get(place).get().lowWatermark());
    }

    private void deleteTopics() throws Exception {
        List<String> names = List.of(topic, dialogue.name("defaults"));
        dialogue.step("delete topics", () -> admin.deleteTopics(names).all().get());
        dialogue.step("delete them again", () -> admin.deleteTopics(names).all().get());
    }
}
