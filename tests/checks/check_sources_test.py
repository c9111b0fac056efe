import check_sources
from fixture import TreeTest


class CheckSources(TreeTest):
    def test_passes_what_is_well(self):
        self.assert_finds(check_sources.check(self.tree({
            "include/weir/a.h": "#pragma once\n#include <string>\n// TODO(#12): more\n",
            "README.md": "See https://kafka.apache.org/documentation and ./work/here.\n",
        })))

    def test_finds_a_heavy_include_in_a_public_header(self):
        for heavy in ("<iostream>", "<nlohmann/json.hpp>", "<sys/epoll.h>", "<regex>", "<filesystem>"):
            root = self.tree({"include/weir/a.h": f"#pragma once\n#include {heavy}\n"})
            self.assert_finds(
                check_sources.check(root),
                "include/weir/a.h:2: a public header must not bring this include to every user")

    def test_finds_a_header_without_its_guard(self):
        root = self.tree({"src/base/a.h": "int a();\n"})
        self.assert_finds(check_sources.check(root), "src/base/a.h:1: a header starts with #pragma once")

    def test_finds_an_open_end_without_an_issue(self):
        root = self.tree({"src/base/a.cc": "// TODO: later\n// TODO(me): later\n"})
        self.assert_finds(
            check_sources.check(root),
            "src/base/a.cc:1: an open end names its issue: TODO(#12)",
            "src/base/a.cc:2: an open end names its issue: TODO(#12)")

    def test_finds_a_sleep(self):
        root = self.tree({"tests/a_test.cc": "std::this_thread::sleep_for(1s);\n"})
        self.assert_finds(
            check_sources.check(root),
            "tests/a_test.cc:1: nothing sleeps: time comes from Clock, waiting from a queue or condition")

    def test_finds_a_path_of_one_machine(self):
        root = self.tree({"tools/a.sh": "cd /root/weir\n", "docs/a.md": "in `/home/ada/weir`\n"})
        self.assert_finds(
            check_sources.check(root),
            "docs/a.md:1: a path of one machine",
            "tools/a.sh:1: a path of one machine")

    def test_finds_the_address_of_a_registry(self):
        root = self.tree({"tools/a.sh": "curl https://repo1.maven.org/x\npip -i http://nexus.example/y\n"})
        self.assert_finds(
            check_sources.check(root),
            "tools/a.sh:1: the address of a package registry (repo1.maven.org): its client knows where it is",
            "tools/a.sh:2: the address of a package registry (nexus.example): its client knows where it is")
