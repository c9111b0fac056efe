import unittest

import check_refusal

SOURCE = "// refused: a sentence\nint a;\n"
OURS = "a.cc:2:1: error: static assertion failed: a sentence, and more\n"
ANOTHER = "a.cc:9:1: error: no match for 'operator+'\n"


class CheckRefusal(unittest.TestCase):
    def test_takes_our_sentence_as_the_first_error(self):
        self.assertIsNone(check_refusal.what_is_wrong(SOURCE, "a.cc:1:1: note: b\n" + OURS + ANOTHER))

    def test_sees_another_error_before_it(self):
        self.assertIn("operator+", check_refusal.what_is_wrong(SOURCE, ANOTHER + OURS))

    def test_sees_a_source_that_compiles(self):
        self.assertIn("takes it", check_refusal.what_is_wrong(SOURCE, "a.cc:1:1: warning: b\n"))

    def test_needs_to_know_the_sentence(self):
        self.assertIn("first line", check_refusal.what_is_wrong("int a;\n", OURS))
