import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;

/** Kafka's Java admin client on transactions: described, listed, ended against their producer's will. */
final class TransactionAdminScenes {
    private final TransactionClients clients;
    private final Admin admin;

    TransactionAdminScenes(TransactionClients clients, Admin admin) {
        this.clients = clients;
        this.admin = admin;
    }

    void play() throws Exception {
        open();
        fenced();
        terminated();
        hanging();
        unknown();
    }

    private void open() throws Exception {
        clients.scene("open");
        String id = clients.name("open");
        try (KafkaProducer<String, String> producer = clients.producer(
                 "open", "transaction.timeout.ms", 45_000)) {
            clients.step("described before", () -> describe(id));
            producer.initTransactions();
            clients.step("described without a transaction", () -> describe(id));
            producer.beginTransaction();
            clients.write(producer, "open", 3);
            clients.readBoth();
            clients.step("described", () -> describe(id));
            lists(id);
            producer.commitTransaction();
            clients.awaitEnd(id);
            clients.step("described at its end", () -> describe(id));
            clients.step("listed at its end", () -> list(new ListTransactionsOptions()));
        }
        clients.readBoth();
    }

    private void lists(String id) throws Exception {
        long producerId = description(id).producerId();
        clients.step("listed", () -> list(new ListTransactionsOptions()));
        clients.step("listed, ongoing", () -> list(
            new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING))));
        clients.step("listed, committed", () -> list(
            new ListTransactionsOptions().filterStates(Set.of(TransactionState.COMPLETE_COMMIT))));
        clients.step("listed, of its producer", () -> list(
            new ListTransactionsOptions().filterProducerIds(Set.of(producerId))));
        clients.step("listed, of another producer", () -> list(
            new ListTransactionsOptions().filterProducerIds(Set.of(1L << 60))));
        clients.step("listed, open for an hour", () -> list(
            new ListTransactionsOptions().filterOnDuration(3_600_000)));
        for (String pattern : List.of(".*-open", "(?:java|.*)-o[p-q]en", "open", "never.*", "(")) {
            clients.step("listed, by the pattern " + pattern, () -> list(
                new ListTransactionsOptions().filterOnTransactionalIdPattern(pattern)));
        }
    }

    private void fenced() throws Exception {
        clients.scene("fenced by the admin");
        String id = clients.name("fenced");
        try (KafkaProducer<String, String> producer = clients.producer("fenced")) {
            producer.initTransactions();
            producer.beginTransaction();
            clients.write(producer, "lost", 2);
            long producerId = description(id).producerId();
            clients.step("fence", () -> {
                var done = admin.fenceProducers(List.of(id));
                done.all().get();
                return "epoch " + done.epochId(id).get() + ", the same producer "
                    + (done.producerId(id).get() == producerId);
            });
            clients.tellHowItEnds("the producer", producer);
        }
        clients.awaitEnd(id);
        clients.step("described", () -> describe(id));
        clients.readBoth();
        clients.step("fence what is unknown", () -> admin.fenceProducers(
            List.of(clients.name("unknown"))).all().get());
    }

    private void terminated() throws Exception {
        clients.scene("terminated");
        String id = clients.name("terminated");
        try (KafkaProducer<String, String> producer = clients.producer("terminated")) {
            producer.initTransactions();
            producer.beginTransaction();
            clients.write(producer, "lost", 2);
            clients.step("terminate", () -> admin.forceTerminateTransaction(id).result().get());
            clients.tellHowItEnds("the producer", producer);
        }
        clients.awaitEnd(id);
        clients.step("described", () -> describe(id));
        clients.readBoth();
    }

    /** A transaction is ended in a partition, whatever its coordinator thinks. */
    private void hanging() throws Exception {
        clients.scene("hanging");
        String id = clients.name("hanging");
        TopicPartition place = new TopicPartition(clients.topic(), 0);
        try (KafkaProducer<String, String> producer = clients.producer("hanging")) {
            producer.initTransactions();
            producer.beginTransaction();
            clients.write(producer, "lost", 2);
            clients.step("producers", () -> producers(place));
            ProducerState open = states(place).iterator().next();
            clients.step("abort", () -> admin.abortTransaction(new AbortTransactionSpec(
                place, open.producerId(), (short) open.producerEpoch(), 0)).all().get());
            clients.step("producers afterwards", () -> producers(place));
            clients.step("described", () -> describe(id));
            clients.readBoth();
            producer.abortTransaction();
        }
        clients.awaitEnd(id);
        clients.step("producers at the end", () -> producers(place));
        clients.readBoth();
    }

    private Collection<ProducerState> states(TopicPartition place) throws Exception {
        return admin.describeProducers(List.of(place)).partitionResult(place).get().activeProducers();
    }

    private String producers(TopicPartition place) throws Exception {
        List<String> told = new ArrayList<>();
        for (ProducerState one : states(place)) {
            told.add("epoch " + one.producerEpoch() + ", sequence " + one.lastSequence() + ", coordinator "
                + one.coordinatorEpoch() + ", open from " + one.currentTransactionStartOffset());
        }
        return told.toString();
    }

    private void unknown() throws Exception {
        clients.scene("unknown");
        clients.step("describe", () -> describe(clients.name("unknown")));
    }

    private TransactionDescription description(String id) throws Exception {
        return admin.describeTransactions(List.of(id)).description(id).get();
    }

    private String describe(String id) throws Exception {
        TransactionDescription told = description(id);
        Collection<String> places = new TreeSet<>();
        for (TopicPartition one : told.topicPartitions()) places.add(one.toString());
        return told.state() + ", epoch " + told.producerEpoch() + ", timeout "
            + told.transactionTimeoutMs() + ", began " + told.transactionStartTimeMs().isPresent() + ", "
            + places;
    }

    /** Tells those of the scene. */
    private String list(ListTransactionsOptions options) throws ExecutionException, InterruptedException {
        List<String> told = new ArrayList<>();
        for (var one : admin.listTransactions(options).all().get()) {
            if (one.transactionalId().startsWith(clients.name(""))) {
                told.add(one.transactionalId() + " " + one.state());
            }
        }
        told.sort(null);
        return told.toString();
    }
}
