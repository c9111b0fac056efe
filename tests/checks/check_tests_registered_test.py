import json

import check_tests_registered
from fixture import TreeTest


class CheckTestsRegistered(TreeTest):
    def findings(self, files, compiled):
        root = self.tree({name: "" for name in files})
        commands = [{"directory": str(root / "build"), "file": f"../{name}"} for name in compiled]
        (root / "build").mkdir()
        found = check_tests_registered.compiled_files(json.dumps(commands), root)
        return check_tests_registered.check(root, found)

    def test_passes_what_is_compiled(self):
        files = ["src/base/a.cc", "src/base/a_test.cc", "tests/b_test.cc"]
        self.assert_finds(self.findings(files + ["tests/package/find_package/main.cc"], files))

    def test_looks_into_the_files_of_a_unity_build(self):
        root = self.tree({"src/base/a.cc": "", "src/base/b.cc": ""})
        unity = root / "build" / "Unity" / "unity_0_cxx.cxx"
        unity.parent.mkdir(parents=True)
        unity.write_text(f'#include "{root}/src/base/a.cc"\n')
        commands = json.dumps([{"directory": str(root / "build"), "file": str(unity)}])
        found = check_tests_registered.compiled_files(commands, root)
        self.assert_finds(
            check_tests_registered.check(root, found),
            "src/base/b.cc:1: no CMakeLists.txt names this source")

    def test_finds_a_test_that_nobody_runs_and_a_source_that_nobody_builds(self):
        files = ["src/base/a.cc", "src/base/a_test.cc", "tests/deep/b_test.cc"]
        self.assert_finds(
            self.findings(files, []),
            "src/base/a.cc:1: no CMakeLists.txt names this source",
            "src/base/a_test.cc:1: no CMakeLists.txt names this test",
            "tests/deep/b_test.cc:1: no CMakeLists.txt names this test")
