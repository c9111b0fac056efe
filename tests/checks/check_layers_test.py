import check_layers
from fixture import TreeTest

LAYERS = """
folder base:
folder wire: base
folder net: base
folder tests: *
folder examples: public
header weir/result.h: base
header weir/wire.h: wire
"""


class CheckLayers(TreeTest):
    def findings(self, files, layers=LAYERS):
        headers = {"include/weir/result.h": "", "include/weir/wire.h": ""}
        return check_layers.check(self.tree({"tools/layers.txt": layers, **headers, **files}))

    def test_passes_an_include_that_points_down(self):
        self.assert_finds(self.findings({
            "src/wire/a.cc": '#include "base/b.h"\n#include "weir/result.h"\n#include <vector>\n',
            "tests/all_test.cc": '#include "wire/a.h"\n',
            "examples/a.cc": '#include <weir/wire.h>\n',
        }))

    def test_finds_an_include_that_points_up(self):
        self.assert_finds(
            self.findings({"src/base/b.h": '\n#include "wire/a.h"\n', "src/wire/a.h": ""}),
            "src/base/b.h:2: base must not include wire (wire/a.h): see tools/layers.txt")

    def test_finds_an_include_of_a_neighbour(self):
        self.assert_finds(
            self.findings({"src/net/a_test.cc": '#  include <wire/a.h>\n', "src/wire/a.h": ""}),
            "src/net/a_test.cc:1: net must not include wire (wire/a.h): see tools/layers.txt")

    def test_finds_a_public_header_of_a_higher_row(self):
        self.assert_finds(
            self.findings({"src/base/b.h": '#include "weir/wire.h"\n'}),
            "src/base/b.h:1: base must not include wire (weir/wire.h): see tools/layers.txt")

    def test_finds_a_public_header_that_includes_what_is_not_installed(self):
        self.assert_finds(
            self.findings({"include/weir/wire.h": '#include "base/b.h"\n', "src/base/b.h": ""}),
            "include/weir/wire.h:1: a public header includes base/b.h, which is not installed")

    def test_finds_an_example_that_reaches_into_the_library(self):
        self.assert_finds(
            self.findings({"examples/a.cc": '#include "base/b.h"\n', "src/base/b.h": ""}),
            "examples/a.cc:1: examples must not include base (base/b.h): see tools/layers.txt")

    def test_finds_a_cycle_in_the_rules(self):
        layers = "folder a: b\nfolder b: c\nfolder c: a\nheader weir/result.h: a\nheader weir/wire.h: a\n"
        self.assert_finds(self.findings({}, layers), "tools/layers.txt:1: a cycle: a -> b -> c -> a")

    def test_finds_a_cycle_in_the_includes(self):
        found = self.findings({
            "src/wire/a.h": '#include "base/b.h"\n',
            "src/base/b.h": '#include "wire/a.h"\n',
        })
        self.assertIn("src:0: folders include each other: base -> wire -> base", map(str, found))

    def test_finds_a_folder_and_a_header_without_a_row(self):
        self.assert_finds(
            self.findings({"src/new/a.h": "", "include/weir/new.h": ""}),
            "tools/layers.txt:0: include/weir/new.h belongs to no row: add a header line",
            "tools/layers.txt:0: src/new has no row")

    def test_finds_rows_that_name_nothing(self):
        layers = LAYERS + "header weir/gone.h: base\nfolder top: gone\nnonsense\n"
        self.assert_finds(
            self.findings({}, layers),
            "tools/layers.txt:9: there is no include/weir/gone.h",
            "tools/layers.txt:10: there is no row gone",
            "tools/layers.txt:11: neither a folder nor a header: 'nonsense'")
