"""Random schemas, and random values in the form that both foreign libraries take.

The value of a union is a Branch: the foreign libraries get it with or without its name.
"""

import math
import random
import struct
from dataclasses import dataclass

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
NAMED = ("record", "enum", "fixed")


@dataclass
class Branch:
    """A union's value: which branch it is of, and the value."""

    schema: object
    value: object


class RandomAvro:
    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.names = 0

    def schema(self, depth: int):
        self.names = 0
        return self._type(depth, [])

    def _type(self, depth, open_records):
        if depth == 0 or self.random.random() < 0.3:
            return self.random.choice(PRIMITIVES)
        kind = self.random.choice(("array", "map", "union", "enum", "fixed", "record", "record"))
        if kind == "array":
            return {"type": "array", "items": self._type(depth - 1, open_records)}
        if kind == "map":
            return {"type": "map", "values": self._type(depth - 1, open_records)}
        if kind == "union":
            return self._union(depth - 1, open_records)
        return self._named(kind, depth - 1, open_records)

    def _union(self, depth, open_records):
        # Apache's Avro takes the first branch that a value seems to fit: every double fits a float.
        branches = self.random.sample(PRIMITIVES[1:], self.random.randint(1, 4))
        if "double" in branches and "float" in branches:
            branches.remove("float")
        branches.insert(self.random.randint(0, len(branches)), "null")
        if self.random.random() < 0.4:
            branches.append({"type": "array", "items": self._type(depth, open_records)})
        if self.random.random() < 0.4:
            branches.append(self._named(self.random.choice(NAMED), depth, open_records))
        if open_records and self.random.random() < 0.4:
            branches.append(open_records[-1])
        return branches

    def _named(self, kind, depth, open_records):
        self.names += 1
        definition = {"type": kind, "name": f"N{self.names}"}
        namespace = self.random.choice((None, "a", "b.c"))
        if namespace:
            definition["namespace"] = namespace
        if kind == "enum":
            definition["symbols"] = ["A", "B", "C"]
        elif kind == "fixed":
            definition["size"] = self.random.randint(1, 9)
        else:
            # Only names with a namespace can be referred to from any other one.
            inner = [*open_records, f"{namespace}.N{self.names}"] if namespace else open_records
            definition["fields"] = [{"name": f"f{i}", "type": self._type(depth, inner)}
                                    for i in range(self.random.randint(0, 5))]
        return definition

    def value(self, schema, names, depth: int):
        schema, kind = resolved(schema, names)
        if kind == "union":
            branches = [b for b in schema if depth > 0 or resolved(b, names)[1] in PRIMITIVES]
            branch = self.random.choice(branches)
            return Branch(branch, self.value(branch, names, depth - 1))
        if kind == "record":
            return {f["name"]: self.value(f["type"], names, depth - 1) for f in schema["fields"]}
        if kind == "array":
            return [self.value(schema["items"], names, depth - 1) for _ in self._count(depth)]
        if kind == "map":
            return {f"k{i}{self._text()}": self.value(schema["values"], names, depth - 1)
                    for i in self._count(depth)}
        if kind == "enum":
            return self.random.choice(schema["symbols"])
        if kind == "fixed":
            return self.random.randbytes(schema["size"])
        return self._primitive(kind)

    def _count(self, depth):
        return range(self.random.randint(0, 3) if depth > 0 else 0)

    def _primitive(self, kind):
        if kind == "null":
            return None
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("int", "long"):
            bits = 32 if kind == "int" else 64
            limit = 1 << (bits - 1)
            return self.random.choice((0, -1, 64, -65, limit - 1, -limit,
                                       self.random.randrange(-limit, limit) >> self.random.randrange(bits)))
        if kind == "double":
            return self.random.choice((0.0, -1.5, 0.1, 5e-324, math.inf, -math.inf, math.nan,
                                       self.random.uniform(-1e300, 1e300)))
        if kind == "float":
            return struct.unpack("f", struct.pack("f", self.random.uniform(-1e30, 1e30)))[0]
        if kind == "bytes":
            return self.random.randbytes(self.random.randint(0, 9))
        return self._text()

    def _text(self):
        letters = "aZ \"\\\n\t\u00e9\u20ac\U0001f600"
        size = 300 if self.random.random() < 0.02 else self.random.randint(0, 9)
        return "".join(self.random.choice(letters) for _ in range(size))


def resolved(schema, names):
    """Returns a schema with a name resolved to its definition, and its kind."""
    if isinstance(schema, list):
        return schema, "union"
    if isinstance(schema, dict):
        kind = schema["type"]
        return (schema, kind) if isinstance(kind, str) and kind in (*NAMED, "array", "map") \
            else resolved(kind, names)
    if schema in PRIMITIVES:
        return schema, schema
    return resolved(names[schema], names)


def named_types(schema, namespace="", names=None) -> dict:
    """Returns the definitions in a schema by full name, and by the names its own namespace uses."""
    names = {} if names is None else names
    if isinstance(schema, list):
        for branch in schema:
            named_types(branch, namespace, names)
    elif isinstance(schema, dict):
        if schema["type"] in NAMED:
            namespace = schema.get("namespace", namespace)
            names[full_name(schema["name"], namespace)] = names[schema["name"]] = schema
            schema["full_name"] = full_name(schema["name"], namespace)
        for field in schema.get("fields", ()):
            named_types(field["type"], namespace, names)
        for key in ("items", "values"):
            if key in schema:
                named_types(schema[key], namespace, names)
        if isinstance(schema["type"], (dict, list)):
            named_types(schema["type"], namespace, names)
    return names


def full_name(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def label(schema, names) -> str:
    """Returns what a union calls a branch: a full name, or the kind."""
    definition, kind = resolved(schema, names)
    return definition["full_name"] if kind in NAMED else kind


def plain(value, schema, names, name_branches=False):
    """Returns a value without its Branches, or with fastavro's pairs of name and value for them."""
    schema, kind = resolved(schema, names)
    if kind == "union":
        inner = plain(value.value, value.schema, names, name_branches)
        return (label(value.schema, names), inner) if name_branches else inner
    if kind == "record":
        return {f["name"]: plain(value[f["name"]], f["type"], names, name_branches)
                for f in schema["fields"]}
    if kind == "array":
        return [plain(item, schema["items"], names, name_branches) for item in value]
    if kind == "map":
        return {k: plain(item, schema["values"], names, name_branches) for k, item in value.items()}
    return value


def to_json(value, schema, names):
    """Returns a value in Avro's JSON encoding, before it is made text."""
    schema, kind = resolved(schema, names)
    if kind == "union":
        inner = to_json(value.value, value.schema, names)
        return None if inner is None else {label(value.schema, names): inner}
    if kind == "record":
        return {f["name"]: to_json(value[f["name"]], f["type"], names) for f in schema["fields"]}
    if kind == "array":
        return [to_json(item, schema["items"], names) for item in value]
    if kind == "map":
        return {k: to_json(item, schema["values"], names) for k, item in value.items()}
    if kind in ("bytes", "fixed"):
        return value.decode("latin-1")
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
