"""Compares what a scene of the broker's says on Apache Kafka with what its play has written, field by field.

A play (src/broker/testing/play_stage.h) is text: commands, each followed by what was said then. Where Kafka
says something else on purpose of ours, the play declares it behind the answers:

    kafka KIND: topics[x].partitions[0].errorCode=INVALID_REQUEST, topics[y]=none

KIND is explained in src/broker/README.md. A path is the end of one, and stands for all fields that differ and
whose paths end so. The items of a list are known by what they name, not by their order: `x` and `0` here, and
`0#2` is the second of the same name. `none` stands for what is not said, `some` for anything.

Not compared is what differs by nature (`_by_nature`), and what a play does not mention: settings that only
Kafka has, and other plays' topics and groups.
"""

import dataclasses
import re

ANSWER = re.compile(r"([\w/]+)< (.*)")
DECLARATION = re.compile(r"kafka ([\w-]+): (.*)")
FIELD = re.compile(r'([\w.\[\]#$/ -]+)=("(?:[^"\\]|\\.)*"|[^,\s]+)(?:, |$)')
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|<\d+ bytes>|[{}\[\],=]|[^{}\[\],=\s]+)')
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What an item of a list names, the first that it has.
NAMES = ("name", "topic", "topicId", "memberId", "groupInstanceId", "groupId", "key", "resourceName",
         "partitionIndex", "partition", "index", "apiKey", "brokerId", "nodeId", "transactionalId")
# Lists of what there is, which may have more in them than a play knows of.
OPEN_LISTS = ("topics", "groups", "configs", "transactionStates", "supportedFeatures",
              "finalizedFeatures")
EARLIEST_NOW = 10**12  # No play sets a time like the present.


@dataclasses.dataclass
class Step:
    """A command of a play, what was said then, and what Kafka is declared to say."""
    command: str
    answers: dict = dataclasses.field(default_factory=dict)
    declared: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Difference:
    """A field that Kafka fills in otherwise; "none" stands for one that is not there."""
    path: str
    ours: str
    kafkas: str


@dataclasses.dataclass(frozen=True)
class Declared:
    kind: str
    path: str
    kafkas: str

    def covers(self, difference: Difference) -> bool:
        return (f".{difference.path}".endswith(f".{self.path}")
                and self.kafkas == difference.kafkas)


class PlayError(Exception):
    """A line that no play has."""


def steps_of(play: str) -> list[Step]:
    """Reads a play. A client's second answer to a step is known as `client#2`."""
    steps = []
    for line in play.splitlines():
        if not line or line.startswith("#"):
            continue
        if answer := ANSWER.match(line):
            _add_named(steps[-1].answers, answer[1], value_of(answer[2]))
        elif line.startswith("kafka "):
            steps[-1].declared += _declarations(line)
        else:
            steps.append(Step(line))
    return steps


def value_of(text: str):
    """Returns a value as a play writes it, made of dicts, lists and texts."""
    if not text.startswith("{"):
        return text
    tokens = TOKEN.findall(text)
    tokens.reverse()
    return _take_value(tokens)


def differences(ours: Step, kafkas: Step, mentioned: str) -> list[Difference]:
    """Returns where two steps' answers differ; `mentioned` is the text of the play."""
    found = []
    _compare("", ours.answers, kafkas.answers, mentioned, found)
    return found


def complaints(play: str, kafkas_play: str) -> list[str]:
    """Returns, for people, where Kafka says something else than declared, and what is declared for nothing."""
    told = []
    for ours, kafkas in zip(steps_of(play), steps_of(kafkas_play), strict=True):
        found = differences(ours, kafkas, play)
        lines = [f"  Kafka says {one.path}={one.kafkas}, not {one.ours}" for one in found
                 if not any(declared.covers(one) for declared in ours.declared)]
        lines += [f"  declared for nothing: {one.path}={one.kafkas}" for one in ours.declared
                  if not any(one.covers(difference) for difference in found)]
        if lines:
            told += [ours.command, *lines]
    return told


def _declarations(line: str) -> list[Declared]:
    declaration = DECLARATION.fullmatch(line)
    fields = FIELD.findall(declaration[2]) if declaration else []
    if not fields or ", ".join("=".join(field) for field in fields) != declaration[2]:
        raise PlayError(f"not 'kafka KIND: PATH=VALUE, ...': {line}")
    return [Declared(declaration[1], path, value) for path, value in fields]


def _take_value(tokens: list[str]):
    token = tokens.pop()
    if token == "{":
        return dict(_take_field(tokens) for _ in _until("}", tokens))
    if token == "[":
        return [_take_value(tokens) for _ in _until("]", tokens)]
    return token


def _take_field(tokens: list[str]):
    name, _ = tokens.pop(), tokens.pop()
    return name, _take_value(tokens)


def _until(end: str, tokens: list[str]):
    while tokens[-1] != end:
        if tokens[-1] == ",":
            tokens.pop()
        yield
    tokens.pop()


def _add_named(items: dict, name: str, value) -> None:
    """Adds a value; the second of the same name is known as name#2."""
    number = sum(known.split("#")[0] == name for known in items) + 1
    items[name if number == 1 else f"{name}#{number}"] = value


def _compare(path: str, ours, kafkas, mentioned: str, found: list) -> None:
    leaf = path.rsplit(".", 1)[-1].split("[")[0]
    if isinstance(ours, dict) and isinstance(kafkas, dict):
        for name in ours | kafkas:
            _compare(f"{path}.{name}" if path else name, ours.get(name, "none"),
                     kafkas.get(name, "none"), mentioned, found)
    elif isinstance(ours, list) and isinstance(kafkas, list):
        if leaf == "apiKeys":
            kafkas = [_within(api, kafkas) for api in ours]
        if leaf in OPEN_LISTS:
            kafkas = [item for item in kafkas if _is_mentioned(item, mentioned)]
        our_items, kafkas_items = _by_name(ours), _by_name(kafkas)
        for name in our_items | kafkas_items:
            _compare(f"{path}[{name}]", our_items.get(name, "none"), kafkas_items.get(name, "none"),
                     mentioned, found)
    elif _by_nature(leaf, ours) != _by_nature(leaf, kafkas):
        found.append(Difference(path, _text(ours), _text(_by_nature(leaf, kafkas))))


def _within(api: dict, kafkas: list):
    """Returns the API as it is if Kafka serves all its versions, else as Kafka serves it."""
    for other in kafkas:
        if other["apiKey"] == api["apiKey"]:
            both = all(int(other["minVersion"]) <= int(api[end]) <= int(other["maxVersion"])
                       for end in ("minVersion", "maxVersion"))
            return api if both else other
    return {"apiKey": api["apiKey"]}


def _is_mentioned(item, mentioned: str) -> bool:
    name = _name_of(item) if isinstance(item, dict) else None
    return name is None or f'"{name}"' in mentioned or f"={name}," in mentioned


def _name_of(item: dict):
    return next((item[name].strip('"') for name in NAMES if item.get(name, '""') not in ('""', "null")),
                None)


def _by_name(items: list) -> dict:
    named = {}
    for number, item in enumerate(items):
        name = _name_of(item) if isinstance(item, dict) else None
        _add_named(named, str(number) if name is None else name, item)
    return named


def _by_nature(leaf: str, value):
    """Returns a field's value without what depends on the broker, the time, or chance."""
    if not isinstance(value, str) or value in ("null", "none"):
        return value
    if leaf in ("errorMessage", "batchIndexErrorMessage") or (leaf in ("documentation", "clusterId") and value != '""'):
        return "some"
    if leaf in ("port", "sessionId", "finalizedFeaturesEpoch") and int(value) > 0:
        return "some"
    if leaf == "producerId" and value.isdigit():
        return "some"
    if leaf == "throttleTimeMs" and value == "0":  # Plays leave it out, but not everywhere.
        return "none"
    if leaf in ("logAppendTimeMs", "timestamp", "transactionStartTimeMs", "lastTimestamp") and int(value) >= EARLIEST_NOW:
        return "now"
    return UUID.sub("UUID", value)


def _text(value) -> str:
    return value if isinstance(value, str) else "some"
