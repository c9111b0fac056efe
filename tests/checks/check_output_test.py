import unittest

import check_output

BATCH = "---\nTime: 17 ms\n---\n(a,1)\n\n"
OTHER_TIME = BATCH.replace("17", "42")
EMPTY = "---\nTime: 18 ms\n---\n\n"


class CheckOutput(unittest.TestCase):
    def test_finds_the_first_text_block(self):
        page = "```cpp\nint a;\n```\n```text\none\ntwo\n```\n```text\nthree\n```\n"
        self.assertEqual(check_output.promised(page), "one\ntwo\n")
        self.assertIsNone(check_output.promised("no block"))

    def test_does_not_compare_times_and_empty_batches(self):
        self.assertEqual(check_output.comparable(BATCH), check_output.comparable(OTHER_TIME + EMPTY))
        self.assertEqual(check_output.comparable(BATCH), check_output.comparable(EMPTY + BATCH))

    def test_sees_another_record(self):
        self.assertNotEqual(check_output.comparable(BATCH),
                            check_output.comparable(BATCH.replace("(a,1)", "(a,2)")))
