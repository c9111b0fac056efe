import pathlib
import re
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
BROKER = REPOSITORY / "src" / "broker"
sys.path.insert(0, str(REPOSITORY / "tests" / "kafka"))

import plays  # noqa: E402  (the path is set just above)

ASKED = 'a> Ask 1 {topics=[{name="x"}]}\n'


def told(ours: str, kafkas: str, declared: str = "") -> list[str]:
    return plays.complaints(f"# A scene.\n{ASKED}{ours}\n{declared}", ASKED + kafkas + "\n")


class ComparePlays(unittest.TestCase):
    def test_fields_are_compared_by_what_their_items_name(self):
        ours = 'a< {topics=[{name="x", p=[{index=0, errorCode=0}, {index=1, errorCode=0}]}]}'
        self.assertEqual(told(ours, 'a< {topics=[{name="x", p=[{index=1, errorCode=0}, {index=0, errorCode=0}]}]}'), [])
        self.assertEqual(told(ours, 'a< {topics=[{name="x", p=[{index=1, errorCode=BAD}, {index=0, errorCode=0}]}]}'),
                         [ASKED.strip(), "  Kafka says a.topics[x].p[1].errorCode=BAD, not 0"])
        self.assertEqual(told(ours, 'a< {topics=[{name="x", p=[{index=0, errorCode=0}]}]}'),
                         [ASKED.strip(), "  Kafka says a.topics[x].p[1]=none, not some"])

    def test_a_name_that_comes_twice_is_numbered(self):
        self.assertEqual(told('a< {p=[{index=0, e=1}, {index=0, e=2}]}', 'a< {p=[{index=0, e=1}, {index=0, e=3}]}'),
                         [ASKED.strip(), "  Kafka says a.p[0#2].e=3, not 2"])

    def test_answers_that_do_not_come(self):
        self.assertEqual(told("a< {e=0}\na< {e=1}", "a< {e=0}"),
                         [ASKED.strip(), "  Kafka says a#2=none, not some"])
        self.assertEqual(told("", "b< (connection closed)"),
                         [ASKED.strip(), "  Kafka says b=(connection closed), not none"])

    def test_a_declared_difference_is_none(self):
        self.assertEqual(told("a< {p=[{index=0, e=1}]}", "a< {p=[{index=0, e=2}]}", "kafka why: p[0].e=2\n"), [])
        self.assertEqual(told('a< {m="1", e=1}', 'a< {m="a, b", e=2}', 'kafka why: m="a, b", e=2\n'), [])

    def test_a_declared_difference_has_to_be_there(self):
        self.assertEqual(told("a< {e=1}", "a< {e=1}", "kafka why: e=2\n"),
                         [ASKED.strip(), "  declared for nothing: e=2"])
        self.assertEqual(told("a< {e=1}", "a< {e=3}", "kafka why: e=2\n"),
                         [ASKED.strip(), "  Kafka says a.e=3, not 1", "  declared for nothing: e=2"])

    def test_a_declaration_that_cannot_be_read(self):
        for line in ("kafka why:", "kafka why: e", "kafka e=2", "kafka why: e=2, f", "kafka two words: e=2"):
            with self.assertRaises(plays.PlayError):
                told("a< {e=1}", "a< {e=1}", line + "\n")

    def test_what_differs_by_nature_is_not_compared(self):
        ours = 'a< {port=9092, clusterId="a", errorMessage="ours", m="x-18b4901e-88fc-48d5-890d-24064f48d34d"}'
        self.assertEqual(told(ours, 'a< {port=1, clusterId="b", errorMessage="theirs", '
                                    'm="x-00000000-88fc-48d5-890d-24064f48d34d"}'), [])
        self.assertEqual(told("a< {port=-1, errorMessage=null}", 'a< {port=1, errorMessage="theirs"}'),
                         [ASKED.strip(), "  Kafka says a.port=some, not -1", "  Kafka says a.errorMessage=some, not null"])

    def test_what_a_play_does_not_mention_may_be_there(self):
        self.assertEqual(told('a< {topics=[{name="x"}]}', 'a< {topics=[{name="other"}, {name="x"}]}'), [])
        self.assertEqual(told("a< {topics=[]}", 'a< {topics=[{name="x"}]}'),
                         [ASKED.strip(), "  Kafka says a.topics[x]=some, not none"])

    def test_kafka_has_to_serve_the_versions_that_we_serve(self):
        ours = "a< {apiKeys=[{apiKey=1, minVersion=4, maxVersion=9}]}"
        self.assertEqual(told(ours, "a< {apiKeys=[{apiKey=0, minVersion=0, maxVersion=1}, "
                                    "{apiKey=1, minVersion=4, maxVersion=10}]}"), [])
        self.assertEqual(told(ours, "a< {apiKeys=[{apiKey=1, minVersion=5, maxVersion=9}]}"),
                         [ASKED.strip(), "  Kafka says a.apiKeys[1].minVersion=5, not 4"])


class Plays(unittest.TestCase):
    def test_every_kind_of_difference_is_explained_and_occurs(self):
        declared = {one.kind for file in (BROKER / "plays").glob("*.play")
                    for step in plays.steps_of(file.read_text()) for one in step.declared}
        section = (BROKER / "README.md").read_text().split("## What differs from Apache Kafka\n")[1]
        bullets = re.findall(r"^- (.*?): ", section.split("\n## ")[0], re.MULTILINE)
        explained = {kind for bullet in bullets for kind in re.findall(r"`(.*?)`", bullet)}
        self.assertEqual(declared, explained)


if __name__ == "__main__":
    unittest.main()
