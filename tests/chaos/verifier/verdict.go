package main

import (
	"fmt"
	"io"
)

// What can be violated.
const (
	lost        = "lost"        // an input below the committed offset is in no output
	duplicated  = "duplicated"  // an input, or a mark, is there twice
	ahead       = "ahead"       // an output of what is not committed
	foreign     = "foreign"     // an output that is a copy of no input
	misplaced   = "misplaced"   // an output in a topic or partition where it does not belong
	overtaken   = "overtaken"   // an output behind one that was read after it
	torn        = "torn"        // a batch of which some is there and some is not
	miscounted  = "miscounted"  // an accumulator that is not the truth
	hanging     = "hanging"     // a transaction that has not ended
	uncommitted = "uncommitted" // a committed offset where there is nothing, or an input that was left
	badInput    = "bad input"   // the writer's own mistake: nothing is proven then
)

var violations = []string{lost, duplicated, ahead, foreign, misplaced, overtaken, torn, miscounted, hanging,
	uncommitted, badInput}

const mostExamples = 5

// A verdict counts what was looked at and what is violated, and keeps the first examples.
type verdict struct {
	inputs, committed, out, letters, batches, marks, totals, partitions int
	counts                                                              map[string]int
	examples                                                            map[string][]string
}

func (v *verdict) violated(what, format string, values ...any) {
	v.counts[what]++
	if len(v.examples[what]) < mostExamples {
		v.examples[what] = append(v.examples[what], fmt.Sprintf(format, values...))
	}
}

func (v *verdict) good() bool { return len(v.counts) == 0 }

func (v *verdict) print(to io.Writer) {
	fmt.Fprintf(to, "%d inputs, %d of them committed; %d records out, %d dead letters, %d batches with %d marks\n",
		v.inputs, v.committed, v.out, v.letters, v.batches, v.marks)
	fmt.Fprintf(to, "%d accumulators, the ends of %d partitions\n", v.totals, v.partitions)
	for _, what := range violations {
		fmt.Fprintf(to, "%s: %d\n", what, v.counts[what])
		for _, example := range v.examples[what] {
			fmt.Fprintf(to, "    %s\n", example)
		}
	}
	if v.good() {
		fmt.Fprintln(to, "exactly once")
	} else {
		fmt.Fprintln(to, "NOT exactly once")
	}
}
