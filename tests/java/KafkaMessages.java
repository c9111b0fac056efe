import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Prints messages with random contents as Kafka's own classes serialise them, a line for each:
 * name, version, bytes in hex (- for none), and the fields in the format of weir's wire::print().
 *
 *   java -cp kafka-clients.jar KafkaMessages.java NAME... > src/wire/testdata/kafka_messages.txt
 *
 * NAME is a message such as FetchRequest. Every message is written in its first and last version,
 * and in those before and after its encoding became flexible.
 */
public class KafkaMessages {
    private static final String PACKAGE = "org.apache.kafka.common.message.";
    private static final Random random = new Random(1);

    public static void main(String[] names) throws Exception {
        for (String name : names) {
            Class<?> type = classOf(name);
            Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
            int first = type.getField("LOWEST_SUPPORTED_VERSION").getShort(null);
            for (int v = first; v < schemas.length; v++) {
                boolean edge = v == first || v == schemas.length - 1
                    || isFlexible(schemas[v]) != isFlexible(schemas[v - 1])
                    || isFlexible(schemas[v]) != isFlexible(schemas[v + 1]);
                if (edge) System.out.println(line(name, type, schemas[v], (short) v));
            }
        }
    }

    private static String line(String name, Class<?> type, Schema schema, short version) throws Exception {
        Object message = filled(type, schema);
        ByteBuffer bytes = MessageUtil.toByteBufferAccessor((Message) message, version).buffer();
        byte[] array = new byte[bytes.remaining()];
        bytes.get(array);
        String hex = array.length == 0 ? "-" : HexFormat.of().formatHex(array);
        return name + " " + version + " " + hex + " " + print(message, schema);
    }

    private static Class<?> classOf(String name) throws Exception {
        try {
            return Class.forName(PACKAGE + name + "Data");
        } catch (ClassNotFoundException e) {
            return Class.forName(PACKAGE + name);
        }
    }

    private static boolean isFlexible(Schema schema) {
        BoundField[] fields = schema.fields();
        return fields.length > 0 && fields[fields.length - 1].def.type instanceof TaggedFields;
    }

    private interface Visit {
        void field(Field field, Object type, boolean tagged) throws Exception;
    }

    /** Calls visit for the fields that a version has: in the order of the wire, tagged ones last. */
    private static void forEachField(Class<?> owner, Schema schema, Visit visit) throws Exception {
        Map<String, Field> members = new TreeMap<>();
        for (Field member : owner.getDeclaredFields()) members.put(snakeCase(member.getName()), member);
        for (BoundField bound : schema.fields()) {
            if (!(bound.def.type instanceof TaggedFields)) {
                visit.field(members.get(bound.def.name), bound.def.type, false);
                continue;
            }
            var tagged = new TreeMap<>(((TaggedFields) bound.def.type).fields());
            for (var field : tagged.values()) visit.field(members.get(field.name), field.type, true);
        }
    }

    private static Object filled(Class<?> type, Schema schema) throws Exception {
        Object message = type.getDeclaredConstructor().newInstance();
        forEachField(type, schema, (field, fieldType, tagged) -> {
            if (tagged && random.nextBoolean()) return;
            for (Method setter : type.getMethods()) {
                if (setter.getName().equalsIgnoreCase("set" + field.getName())) {
                    setter.invoke(message, value(field, fieldType));
                }
            }
        });
        return message;
    }

    private static Object value(Field field, Object wireType) throws Exception {
        Class<?> type = field.getType();
        boolean isRecords = type.getSimpleName().equals("BaseRecords");  // weir has no null of them
        if (!isRecords && isNullable(wireType) && random.nextInt(4) == 0) return null;
        if (type == boolean.class) return random.nextBoolean();
        if (type == byte.class) return (byte) random.nextInt();
        if (type == short.class) return (short) random.nextInt();
        if (type == int.class) return random.nextInt();
        if (type == long.class) return random.nextLong();
        if (type == String.class) return text();
        if (type == Uuid.class) return new Uuid(random.nextLong(), random.nextLong());
        if (type == byte[].class) return text().getBytes();
        if (type == ByteBuffer.class) return ByteBuffer.wrap(text().getBytes());
        if (isRecords) return MemoryRecords.readableRecords(ByteBuffer.wrap(text().getBytes()));
        if (Collection.class.isAssignableFrom(type)) return collection(field, wireType);
        return filled(type, (Schema) wireType);
    }

    private static boolean isNullable(Object wireType) {
        return !(wireType instanceof Schema) && ((Type) wireType).isNullable();
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Object collection(Field field, Object wireType) throws Exception {
        Class<?> type = field.getType();
        Collection values = type == List.class ? new ArrayList() : (Collection) type.getDeclaredConstructor().newInstance();
        Object elementType = elementTypeOf(wireType);
        for (int count = (random.nextInt(6) + 2) / 3; count > 0; count--) values.add(element(elementClassOf(field), elementType));
        return values;
    }

    private static Object element(Class<?> type, Object wireType) throws Exception {
        if (type == Integer.class) return random.nextInt();
        if (type == Byte.class) return (byte) random.nextInt();
        if (type == Long.class) return random.nextLong();
        if (type == String.class) return text();
        if (type == Uuid.class) return new Uuid(random.nextLong(), random.nextLong());
        return filled(type, (Schema) wireType);
    }

    private static Object elementTypeOf(Object wireType) {
        return ((Type) wireType).arrayElementType().get();
    }

    private static Class<?> elementClassOf(Field field) {
        Object generic = field.getType() == List.class
            ? field.getGenericType() : field.getType().getGenericSuperclass();
        return (Class<?>) ((ParameterizedType) generic).getActualTypeArguments()[0];
    }

    private static String text() {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(6); length > 0; length--) text.append((char) ('a' + random.nextInt(26)));
        return text.toString();
    }

    private static String print(Object message, Schema schema) throws Exception {
        List<String> fields = new ArrayList<>();
        Object defaults = message.getClass().getDeclaredConstructor().newInstance();
        forEachField(message.getClass(), schema, (field, type, tagged) -> {
            field.setAccessible(true);
            Object value = field.get(message);
            if (tagged && (value == null ? field.get(defaults) == null : value.equals(field.get(defaults)))) return;
            fields.add(field.getName() + "=" + printValue(value, type));
        });
        return "{" + String.join(", ", fields) + "}";
    }

    private static String printValue(Object value, Object wireType) throws Exception {
        if (value == null) return "null";
        if (value instanceof String) return '"' + value.toString() + '"';
        if (value instanceof byte[] bytes) return "<" + bytes.length + " bytes>";
        if (value instanceof ByteBuffer bytes) return "<" + bytes.remaining() + " bytes>";
        if (value instanceof MemoryRecords records) return "<" + records.sizeInBytes() + " bytes>";
        if (value instanceof Collection<?> values) {
            List<String> elements = new ArrayList<>();
            for (Object element : values) elements.add(printValue(element, elementTypeOf(wireType)));
            return "[" + String.join(", ", elements) + "]";
        }
        if (value instanceof Message) return print(value, (Schema) wireType);
        return value.toString();
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").replaceAll("([A-Z])([A-Z][a-z])", "$1_$2").toLowerCase();
    }
}
