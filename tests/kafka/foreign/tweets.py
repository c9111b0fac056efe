"""What is written: a plan names every record of a run, so that a reader can check each one.

Record i of a plan, its place and its bytes follow from the plan alone. Tweets are told apart by
their timestamps, garbage by the number at its end.
"""

import dataclasses
import functools
import io
import pathlib
import random

import fastavro

SCHEMA = fastavro.parse_schema({
    "type": "record", "name": "Tweet", "namespace": "com.miguno.avro",
    "fields": [{"name": "username", "type": "string"},
               {"name": "text", "type": "string"},
               {"name": "timestamp", "type": "long"}]})

FIRST_TIMESTAMP = 1_400_000_000
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")

WORDS = """the a of to and in that it for on with as at by from this not but what all we when one
there can more if no man out other so time up go about than into could state only new year some take
come these know see use get like then first any work now may such give over think most even find day
also after way many must look before great back through long where much should well people down own
just because good each those feel seem how high too place little world very still nation hand old
life tell write become here show house both between need mean call develop under last right move
thing general school never same another begin while number part turn real leave might want point
coffee rain train Kafka stream morning goal match song ice cream über café naïve Zürich 東京 🙂""".split()


@dataclasses.dataclass(frozen=True)
class Plan:
    """`count` records in `partitions` partitions of each of `topics`, one share after the other."""
    count: int
    topics: tuple[str, ...] = ("tweets",)
    partitions: int = 10
    garbage: float = 0.0  # fraction of the records
    seed: int = 1
    text_file: str = ""

    @property
    def share(self) -> int:
        """Records in each topic but the last, which has what is left."""
        return -(-self.count // len(self.topics))

    def origin(self, index: int) -> tuple[int, int, int]:
        """Returns the topic's number, partition and offset of a record."""
        topic, position = divmod(index, self.share)
        return topic, position % self.partitions, position // self.partitions

    @functools.cached_property
    def garbage_indexes(self) -> frozenset[int]:
        amount = round(self.count * self.garbage)
        return frozenset(random.Random(self.seed).sample(range(self.count), amount))

    @functools.cached_property
    def texts(self) -> list[str]:
        if self.text_file:
            lines = pathlib.Path(self.text_file).read_text(encoding="utf-8").split("\n")
            return [line for line in lines if line]
        source = random.Random(self.seed)
        return [_plausible_text(source) for _ in range(5000)]

    def tweet(self, index: int) -> dict:
        texts = self.texts
        return {"username": f"user{index * 7919 % 100_003}",
                "text": texts[index % len(texts)],
                "timestamp": FIRST_TIMESTAMP + index}

    def index_of(self, timestamp: int) -> int:
        return timestamp - FIRST_TIMESTAMP

    def payload(self, index: int) -> bytes:
        if index in self.garbage_indexes:
            return garbage_bytes(index)
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, SCHEMA, self.tweet(index))
        return stream.getvalue()


def garbage_bytes(index: int) -> bytes:
    """Returns bytes that are no Avro tweet, of four kinds, and different for every index."""
    number = b"%010d" % index
    return (b"\x01" + number,  # a negative length
            b"\x28" + number,  # a name cut short
            b"\x06abc\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01" + number,  # a length that lies
            b"\x06abc\x14" + number,  # the timestamp is missing
            )[index % 4]


def decode(payload: bytes) -> dict:
    """Decodes one Avro tweet; raises if the bytes are not exactly one."""
    stream = io.BytesIO(payload)
    tweet = fastavro.schemaless_reader(stream, SCHEMA, None)
    if stream.tell() != len(payload):
        raise ValueError(f"{len(payload) - stream.tell()} bytes follow the tweet")
    return tweet


def add_plan_options(parser) -> None:
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--topics", default="tweets", help="separated by commas")
    parser.add_argument("--partitions", type=int, default=10)
    parser.add_argument("--garbage", type=float, default=0.0, help="fraction of the records")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--text", default="", help="a file with one tweet's text on each line")


def plan_of(options) -> Plan:
    return Plan(options.count, tuple(options.topics.split(",")), options.partitions,
                options.garbage, options.seed, options.text)


def _plausible_text(source: random.Random) -> str:
    length = source.randint(60, 215)
    words = []
    while length > 0:
        word = source.choice(WORDS)
        if source.random() < 0.06:
            word = "#" + word
        words.append(word)
        length -= len(word) + 1
    return " ".join(words)
