import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;

/** The feature transaction.version: what a broker says of it, and what it does when told to change it. */
final class TransactionFeature {
    private static final String NAME = "transaction.version";

    private final Dialogue dialogue;
    private final Admin admin;

    TransactionFeature(Dialogue dialogue, Admin admin) {
        this.dialogue = dialogue;
        this.admin = admin;
    }

    void describe() throws Exception {
        dialogue.step("feature", () -> {
            FeatureMetadata told = admin.describeFeatures().featureMetadata().get();
            return told.supportedFeatures().get(NAME) + " " + told.finalizedFeatures().get(NAME);
        });
        dialogue.step("a version too far", () -> update(9, UpgradeType.UPGRADE, false));
        dialogue.step("down by an upgrade", () -> update(1, UpgradeType.UPGRADE, false));
        dialogue.step("down, only validated", () -> update(1, UpgradeType.SAFE_DOWNGRADE, true));
        dialogue.step("still", this::version);
    }

    void change(String step, int version) throws Exception {
        UpgradeType type = version > version() ? UpgradeType.UPGRADE : UpgradeType.SAFE_DOWNGRADE;
        dialogue.step(step, () -> update(version, type, false));
        // Apache Kafka's broker hears a moment later what its controller has done.
        long end = System.nanoTime() + 20_000_000_000L;
        while (version() != version) Dialogue.check(System.nanoTime() < end, "not after 20 s: " + version);
    }

    private String update(int version, UpgradeType type, boolean onlyValidates) throws Exception {
        admin.updateFeatures(Map.of(NAME, new FeatureUpdate((short) version, type)),
            new UpdateFeaturesOptions().validateOnly(onlyValidates)).all().get();
        return "done";
    }

    private int version() throws Exception {
        var told = admin.describeFeatures().featureMetadata().get().finalizedFeatures().get(NAME);
        return told == null ? 0 : told.maxVersionLevel();
    }
}
