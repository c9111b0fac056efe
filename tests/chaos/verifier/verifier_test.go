package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestHistoriesThatAreWellPass(t *testing.T) {
	for seed := range int64(200) {
		if told := check(makeHistory(seed), false); !told.good() {
			t.Fatalf("seed %d: %v", seed, told.examples)
		}
	}
}

func TestEachMutationIsCaught(t *testing.T) {
	told := hunt(nil, 1, 1000)
	for _, one := range told.missed {
		t.Errorf("seed %d, %s: %s; found were %v", one.seed, one.mutation.name, one.what, one.verdict.counts)
	}
	for _, each := range mutations {
		if told.tried[each.name] == 0 {
			t.Errorf("nobody has tried to %s", each.name)
		}
	}
}

func TestAMutationThatIsNoDamageWouldBeMissed(t *testing.T) {
	harmless := mutation{"nothing", violations, func(*damager) string { return "nothing" }}
	one := damage{1, harmless, "nothing", check(makeHistory(1), false)}
	if one.caught() {
		t.Error("nothing was damaged, and something found")
	}
}

func TestAHistoryIsTheSameWhenReadAgain(t *testing.T) {
	made := makeHistory(3)
	made.transactions = append(made.transactions, transaction{"an id\twith a tab", "Empty"})
	path := filepath.Join(t.TempDir(), "history")
	if err := made.save(path); err != nil {
		t.Fatal(err)
	}
	read, err := loadHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(made, read) {
		t.Error("what was read is not what was written")
	}
}

func TestWhatIsLeftIsToldOfAJobThatHadTime(t *testing.T) {
	made := makeHistory(1)
	left := 0
	for _, each := range made.inputs {
		if each.offset >= made.committed[each.place] {
			left++
		}
	}
	if left == 0 {
		t.Fatal("this seed leaves nothing")
	}
	if found := check(made, true).counts[uncommitted]; found != left {
		t.Errorf("%d inputs were left, and %d told", left, found)
	}
}

func TestTheWritersOwnMistakesAreTold(t *testing.T) {
	made := makeHistory(1)
	made.inputs[1].value = made.inputs[0].value
	if told := check(made, false); told.counts[badInput] == 0 {
		t.Error("two inputs are the same, and nobody says so")
	}
}

func TestTheVerdictNamesWhatIsViolated(t *testing.T) {
	made := makeHistory(1)
	gone := made.out[0]
	made.out = made.out[1:]
	var text strings.Builder
	check(made, false).print(&text)
	_, input := splitOut(gone.value)
	for _, wanted := range []string{"lost: 1\n", input, "torn: 1\n", "duplicated: 0\n", "NOT exactly once"} {
		if !strings.Contains(text.String(), wanted) {
			t.Errorf("'%s' is missing in\n%s", wanted, text.String())
		}
	}
}

func TestAccumulatorsAreRead(t *testing.T) {
	read, err := parseTotal([]byte("host/1/sum"), []byte("42"))
	if err != nil || read != (total{"host/1", "sum", 42}) {
		t.Errorf("%v, %v", read, err)
	}
	for _, bad := range [][2]string{{"sum", "42"}, {"a/sum", ""}, {"a/sum", "x"}} {
		if _, err := parseTotal([]byte(bad[0]), []byte(bad[1])); err == nil {
			t.Errorf("%v is taken for an accumulator", bad)
		}
	}
}
