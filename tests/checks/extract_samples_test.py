import extract_samples
from fixture import TreeTest

PROGRAM = "```cpp\nint main() {}\n```\n"
FRAME = "int hidden = 1;\nvoid sample() {\n@SAMPLE@\n}\n"


class ExtractSamples(TreeTest):
    def extract(self, files):
        self.root = self.tree(files)
        names = [name for name in files if name.endswith(".md")]
        return extract_samples.extract(self.root / "out", self.root, names)

    def test_takes_a_program_as_it_stands(self):
        (path,) = self.extract({"docs/a-page.md": "Text.\n" + PROGRAM})
        self.assertEqual(path.name, "docs_a_page_1.cc")
        self.assertEqual(path.read_text(), '#line 3 "docs/a-page.md"\nint main() {}\n')

    def test_puts_a_fragment_into_its_frame(self):
        page = "<!-- sample: in frame -->\n```cpp\nhidden = 2;\n```\n"
        (path,) = self.extract({"a.md": page, "docs/samples/frame.cc": FRAME})
        self.assertEqual(
            path.read_text(),
            '#line 1 "docs/samples/frame.cc"\nint hidden = 1;\nvoid sample() {\n'
            '#line 3 "a.md"\nhidden = 2;\n#line 4 "docs/samples/frame.cc"\n}\n')

    def test_leaves_out_what_says_why_and_what_is_not_cpp(self):
        page = "<!-- sample: none, it is wrong on purpose -->\n```cpp\nwrong\n```\n```sh\nmake\n```\n"
        self.assertEqual(self.extract({"a.md": page}), [])

    def test_removes_what_no_block_stands_behind_any_more(self):
        self.extract({"a.md": PROGRAM + PROGRAM})
        (self.root / "a.md").write_text(PROGRAM)
        extract_samples.extract(self.root / "out", self.root, ["a.md"])
        self.assertEqual([path.name for path in (self.root / "out").iterdir()], ["a_1.cc"])

    def assert_refused(self, files, message):
        with self.assertRaises(extract_samples.SampleError) as refusal:
            self.extract(files)
        self.assertEqual(str(refusal.exception), message)

    def test_refuses_a_fragment_without_a_frame(self):
        self.assert_refused(
            {"a.md": "```cpp\nint a;\n```\n"},
            "a.md:2: no main() and no <!-- sample: in NAME --> before it")

    def test_refuses_a_frame_that_is_not_there(self):
        self.assert_refused(
            {"a.md": "<!-- sample: in gone -->\n```cpp\nint a;\n```\n"},
            "a.md:3: there is no docs/samples/gone.cc")

    def test_refuses_a_marker_it_does_not_know(self):
        self.assert_refused(
            {"a.md": "<!-- sample: skip -->\n" + PROGRAM},
            "a.md:1: not a marker this script knows: <!-- sample: skip -->")

    def test_refuses_a_block_without_an_end(self):
        self.assert_refused({"a.md": "```cpp\nint main() {}\n"}, "a.md:2: the block has no end")
