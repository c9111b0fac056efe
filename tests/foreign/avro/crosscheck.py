"""Compares weir's Avro codecs with fastavro and with Apache's own Avro for Python, both ways.

    crosscheck.py AVRO_PEER [--seed N] [--cases N]

Prints a line for each check and then "N passed, N failed"; exit status 1 if any failed.
"""

import argparse
import io
import json
import pathlib
import subprocess
import sys

import random_avro
from random_avro import RandomAvro

try:
    import avro.errors
    import avro.io
    import avro.schema
    import fastavro
    import fastavro.schema
except ImportError as error:
    sys.exit(f"crosscheck: {error}; install the Python packages fastavro and avro")

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
TWEET = REPOSITORY / "examples" / "tweets" / "tweet.avsc"
EVERYTHING = REPOSITORY / "src" / "avro" / "avrogen" / "testdata" / "everything.avsc"


class Peer:
    """weir's side: a program that answers line by line."""

    def __init__(self, program: str):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, encoding="utf-8")

    def ask(self, *words: str) -> tuple[bool, str]:
        self.process.stdin.write("\t".join(words) + "\n")
        self.process.stdin.flush()
        state, _, answer = self.process.stdout.readline().rstrip("\n").partition("\t")
        assert state in ("ok", "error"), f"weir's side ended instead of answering {words}"
        return state == "ok", answer

    def get(self, *words: str) -> str:
        ok, answer = self.ask(*words)
        assert ok, f"weir refuses {words}: {answer}"
        return answer


class Case:
    """A schema and a value of it."""

    def __init__(self, schema, generator: RandomAvro):
        self.text = json.dumps(schema)
        self.schema = schema
        self.names = random_avro.named_types(schema)
        self.value = generator.value(schema, self.names, 6)
        self.plain = random_avro.plain(self.value, schema, self.names)
        self.json = random_avro.to_json(self.value, schema, self.names)

    def fastavro_bytes(self) -> bytes:
        named = random_avro.plain(self.value, self.schema, self.names, name_branches=True)
        out = io.BytesIO()
        fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(self.text)), named)
        return out.getvalue()

    def fastavro_value(self, data: bytes):
        source = io.BytesIO(data)
        value = fastavro.schemaless_reader(source, fastavro.parse_schema(json.loads(self.text)))
        assert not source.read(), "fastavro leaves bytes over"
        return value

    def apache_bytes(self) -> bytes:
        out = io.BytesIO()
        writer = avro.io.DatumWriter(avro.schema.parse(self.text))
        writer.write(self.plain, avro.io.BinaryEncoder(out))
        return out.getvalue()

    def apache_value(self, data: bytes):
        source = io.BytesIO(data)
        value = avro.io.DatumReader(avro.schema.parse(self.text)).read(avro.io.BinaryDecoder(source))
        assert not source.read(), "Apache's Avro leaves bytes over"
        return value

    def weir_bytes(self, peer: Peer) -> bytes:
        return bytes.fromhex(peer.get("to-binary", self.text, json.dumps(self.json)))


def same(left, right, what, case):
    # As text: NaN is not equal to itself.
    assert repr(left) == repr(right), f"{what}: {left!r} is not {right!r} for {case.text}"


def canonical(value):
    """Sorts the keys of dictionaries, whose order means nothing."""
    if isinstance(value, dict):
        return {key: canonical(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    return value


def weir_reads_fastavro(peer, cases):
    for case in cases:
        answer = peer.get("to-json", case.text, case.fastavro_bytes().hex())
        same(canonical(json.loads(answer)), canonical(case.json), "weir read", case)


def fastavro_reads_weir(peer, cases):
    for case in cases:
        value = case.fastavro_value(case.weir_bytes(peer))
        same(canonical(value), canonical(case.plain), "fastavro read", case)


def weir_reads_apache(peer, cases):
    refused = 0
    for case in cases:
        # Apache's writer chooses a union's branch by itself, so its own reader says what it chose;
        # now and then it chooses one that it then finds the value does not fit.
        try:
            data = case.apache_bytes()
        except avro.errors.AvroTypeException:
            refused += 1
            continue
        answer = json.loads(peer.get("to-json", case.text, data.hex()))
        again = bytes.fromhex(peer.get("to-binary", case.text, json.dumps(answer)))
        same(canonical(case.apache_value(again)), canonical(case.apache_value(data)), "weir read", case)
    assert refused <= len(cases) // 50, f"Apache's Avro writes {refused} of its values not at all"


def apache_reads_weir(peer, cases):
    for case in cases:
        value = case.apache_value(case.weir_bytes(peer))
        same(canonical(value), canonical(case.plain), "Apache's Avro read", case)


def weir_prints_schemas_that_mean_the_same(peer, cases):
    for case in cases:
        printed = peer.get("schema", case.text)
        forms = [fastavro.schema.to_parsing_canonical_form(json.loads(text))
                 for text in (printed, case.text)]
        same(forms[0], forms[1], "the printed schema", case)
        assert avro.schema.parse(printed) == avro.schema.parse(case.text), case.text


def weir_refuses_what_is_cut_short(peer, cases):
    for case in cases[:100]:
        data = case.fastavro_bytes()
        for size in range(0, len(data), 1 + len(data) // 20):
            ok, answer = peer.ask("to-json", case.text, data[:size].hex())
            assert not ok, f"weir read {answer} from {data[:size]!r} for {case.text}"


def generated_codecs_write_what_fastavro_wrote(command, schema_file):
    def check(peer, cases):
        generator = RandomAvro(len(cases))
        # fastavro makes dates of what has a logical type; to weir that is an annotation.
        text = schema_file.read_text().replace('"logicalType"', '"annotation"')
        for _ in range(200):
            case = Case(json.loads(text), generator)
            data = case.fastavro_bytes()
            view, owning = (bytes.fromhex(part) for part in peer.get(command, data.hex()).split("\t"))
            assert view == data, f"the view wrote {view!r}, not {data!r}"
            same(canonical(case.fastavro_value(owning)), canonical(case.plain), "the struct wrote", case)
    check.__name__ = f"generated_{command}_writes_what_fastavro_wrote"
    return check


def tweets_have_the_golden_bytes(peer, _cases):
    schema = fastavro.schema.load_schema(TWEET)
    for timestamp, end in ((1234, "a413"), (0, "00")):
        out = io.BytesIO()
        tweet = {"username": "ANY_USER_1", "text": "ANY_TEXT_1", "timestamp": timestamp}
        fastavro.schemaless_writer(out, schema, tweet)
        golden = f"14{b'ANY_USER_1'.hex()}14{b'ANY_TEXT_1'.hex()}{end}"
        assert out.getvalue().hex() == golden
        assert peer.get("tweet", golden) == f"{golden}\t{golden}"
    ok, reason = peer.ask("tweet", "01020304")
    assert not ok and "a length below 0" in reason, reason


CHECKS = (
    weir_reads_fastavro,
    fastavro_reads_weir,
    weir_reads_apache,
    apache_reads_weir,
    weir_prints_schemas_that_mean_the_same,
    weir_refuses_what_is_cut_short,
    generated_codecs_write_what_fastavro_wrote("tweet", TWEET),
    generated_codecs_write_what_fastavro_wrote("everything", EVERYTHING),
    tweets_have_the_golden_bytes,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("peer", metavar="AVRO_PEER")
    parser.add_argument("--seed", type=int, default=20141006)
    parser.add_argument("--cases", type=int, default=500)
    options = parser.parse_args()

    generator = RandomAvro(options.seed)
    cases = [Case(generator.schema(4), generator) for _ in range(options.cases)]
    failed = 0
    for check in CHECKS:
        peer = Peer(options.peer)
        try:
            check(peer, cases)
            print(f"ok      {check.__name__}")
        except Exception as error:  # A foreign library may throw anything: it is a finding too.
            failed += 1
            print(f"FAILED  {check.__name__}: {type(error).__name__}: {str(error)[:2000]}")
        finally:
            peer.process.stdin.close()
            peer.process.wait()
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
