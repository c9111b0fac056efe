package main

import (
	"fmt"
	"io"
	"maps"
	"math/rand"
	"slices"
)

// A mutation damages a history in one place, and says which, or nothing where that kind of damage cannot be done.
// At least one of `expected` must then be found.
type mutation struct {
	name     string
	expected []string
	apply    func(*damager) string
}

// A damager is a history of its own that may be damaged.
type damager struct {
	*history
	random *rand.Rand
}

func copyOf(h *history) *history {
	damaged := *h
	damaged.inputs = slices.Clone(h.inputs)
	damaged.out = slices.Clone(h.out)
	damaged.marks = slices.Clone(h.marks)
	damaged.letters = slices.Clone(h.letters)
	damaged.committed = maps.Clone(h.committed)
	damaged.ends = slices.Clone(h.ends)
	damaged.transactions = slices.Clone(h.transactions)
	damaged.totals = slices.Clone(h.totals)
	return &damaged
}

// A damage is a mutation that was applied, and what became of it.
type damage struct {
	seed     int64
	mutation mutation
	what     string
	verdict  *verdict
}

// caught tells whether what is expected was found.
func (d damage) caught() bool {
	return slices.ContainsFunc(d.mutation.expected, func(what string) bool { return d.verdict.counts[what] > 0 })
}

// mutateOnce damages a history, or a made-up one, as the seed says.
func mutateOnce(given *history, seed int64) damage {
	random := rand.New(rand.NewSource(seed))
	if given == nil {
		given = makeHistory(seed)
	}
	for {
		chosen := mutations[random.Intn(len(mutations))]
		damaged := copyOf(given)
		if what := chosen.apply(&damager{damaged, random}); what != "" {
			return damage{seed, chosen, what, check(damaged, false)}
		}
	}
}

// A catch is what a hunt has brought in.
type catch struct {
	tried, caught map[string]int // by the mutation's name
	missed        []damage
}

func hunt(given *history, firstSeed int64, count int) catch {
	told := catch{map[string]int{}, map[string]int{}, nil}
	for i := range int64(count) {
		one := mutateOnce(given, firstSeed+i)
		told.tried[one.mutation.name]++
		if one.caught() {
			told.caught[one.mutation.name]++
		} else {
			told.missed = append(told.missed, one)
		}
	}
	return told
}

func (c catch) good() bool { return len(c.missed) == 0 }

func (c catch) print(to io.Writer) {
	tried, caught := 0, 0
	for _, each := range mutations {
		fmt.Fprintf(to, "%5d of %5d  %s\n", c.caught[each.name], c.tried[each.name], each.name)
		tried += c.tried[each.name]
		caught += c.caught[each.name]
	}
	for _, one := range c.missed {
		fmt.Fprintf(to, "missed: seed %d, %s: %s\n", one.seed, one.mutation.name, one.what)
	}
	fmt.Fprintf(to, "%d of %d mutations caught\n", caught, tried)
}
