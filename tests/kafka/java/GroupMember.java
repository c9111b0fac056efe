import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A Java consumer in a group, until it is killed: {@code ADDRESS GROUP TOPIC ASSIGNOR...}. Commits what
 * it reads, and says what it is given and what it gives up: {@code + t-0 t-1} and {@code - t-1}.
 */
public final class GroupMember implements ConsumerRebalanceListener {
    public static void main(String[] arguments) {
        List<String> assignors = new ArrayList<>();
        for (int i = 3; i < arguments.length; ++i) {
            assignors.add("org.apache.kafka.clients.consumer." + arguments[i]);
        }
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", arguments[0], "group.id", arguments[1],
            "partition.assignment.strategy", assignors, "auto.offset.reset", "earliest",
            "session.timeout.ms", 6000, "heartbeat.interval.ms", 500, "auto.commit.interval.ms", 200);
        var bytes = new ByteArrayDeserializer();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
            consumer.subscribe(List.of(arguments[2]), new GroupMember());
            while (true) consumer.poll(Duration.ofMillis(100));
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        say("+", partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        say("-", partitions);
    }

    private static void say(String what, Collection<TopicPartition> partitions) {
        TreeSet<String> names = new TreeSet<>();
        for (TopicPartition one : partitions) names.add(one.toString());
        if (!names.isEmpty()) System.out.println(what + " " + String.join(" ", names));
    }
}
