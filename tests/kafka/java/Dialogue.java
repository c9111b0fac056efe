import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** What the dialogues share: the broker's address, names of their own, lines `step: told`. */
final class Dialogue {
    final String address;
    final String prefix;

    /** Takes the program's arguments, ADDRESS PREFIX. */
    Dialogue(String[] arguments) {
        address = arguments[0];
        prefix = arguments[1];
    }

    /** Says what the step gives, or the name of the exception that the broker's answer becomes. */
    void step(String name, Callable<?> what) throws Exception {
        Object told;
        try {
            told = what.call();
        } catch (ExecutionException wrapped) {
            told = wrapped.getCause().getClass().getSimpleName();
        } catch (org.apache.kafka.common.KafkaException error) {
            told = cause(error).getClass().getSimpleName();
        }
        System.out.println(name + ": " + String.valueOf(told).replace(prefix, "*"));
    }

    /** Returns what is behind an error that only says that something was wrong before. */
    private static Throwable cause(org.apache.kafka.common.KafkaException error) {
        boolean says = error.getClass() != org.apache.kafka.common.KafkaException.class;
        return says || error.getCause() == null ? error : error.getCause();
    }

    /** Ends the program unless what must hold with any broker does. */
    static void check(boolean condition, String message) {
        if (!condition) throw new IllegalStateException(message);
    }

    String name(String stem) {
        return prefix + "-" + stem;
    }

    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", address));
    }

    void createTopics(int partitions, String... names) throws Exception {
        List<NewTopic> topics = new ArrayList<>();
        for (String name : names) topics.add(new NewTopic(name, partitions, (short) 1));
        try (Admin admin = admin()) {
            admin.createTopics(topics).all().get();
        }
    }

    /** Returns a client's settings: the address and pairs of name and value. */
    Map<String, Object> settings(Object... pairs) {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", address));
        for (int i = 0; i < pairs.length; i += 2) settings.put((String) pairs[i], pairs[i + 1]);
        return settings;
    }
}
