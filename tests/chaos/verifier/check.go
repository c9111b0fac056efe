package main

import "strings"

// A checker goes through a history once for each thing that must hold.
type checker struct {
	*history
	verdict *verdict
	values  map[position]string   // of inputs
	origins map[string]position   // of inputs, by value
	copies  map[position]int      // of inputs, in out and among dead letters
	batches map[string]*batchSeen // by name
}

// A batchSeen is what is there of a batch.
type batchSeen struct {
	records, sum int64
	origins      []position
	marks        []mark
	places       map[place]bool // of the marks
}

// check judges a history; `drained` says that all inputs should be committed.
func check(read *history, drained bool) *verdict {
	c := &checker{read, &verdict{counts: map[string]int{}, examples: map[string][]string{}},
		map[position]string{}, map[string]position{}, map[position]int{}, map[string]*batchSeen{}}
	c.indexInputs()
	c.countOut()
	c.countLetters()
	c.countMarks()
	c.checkInputs(drained)
	c.checkCommitted()
	c.checkBatches()
	c.checkTotals()
	c.checkEnds()
	return c.verdict
}

func (c *checker) indexInputs() {
	for _, each := range c.inputs {
		if isReadable(each.value) && !strings.HasPrefix(each.value, inputPrefix(each.place)) {
			c.verdict.violated(badInput, "%v says '%s'", each.position, each.value)
		}
		if first, ok := c.origins[each.value]; ok {
			c.verdict.violated(badInput, "%v and %v say the same: '%s'", first, each.position, each.value)
		}
		c.values[each.position] = each.value
		c.origins[each.value] = each.position
	}
	c.verdict.inputs = len(c.inputs)
}

// countOut finds the input of each output, and whether it is where and behind what it should be.
func (c *checker) countOut() {
	newest := map[[2]place]int64{}
	for _, each := range c.out {
		name, value := splitOut(each.value)
		origin, ok := c.origins[value]
		number, readable := numberOf(value)
		if !ok {
			c.verdict.violated(foreign, "%v: '%s'", each.position, each.value)
			continue
		}
		if !readable || each.partition != origin.partition {
			c.verdict.violated(misplaced, "%v: what was read at %v", each.position, origin)
		}
		c.arrived(each.position, origin, newest)
		batch := c.batch(name)
		batch.records++
		batch.sum += number
		batch.origins = append(batch.origins, origin)
	}
	c.verdict.out = len(c.out)
}

func (c *checker) countLetters() {
	newest := map[[2]place]int64{}
	for _, each := range c.letters {
		value, ok := c.values[each.origin]
		if !ok || value != each.value {
			c.verdict.violated(foreign, "%v: '%s', from %v", each.position, each.value, each.origin)
			continue
		}
		if isReadable(value) || each.partition != each.origin.partition {
			c.verdict.violated(misplaced, "%v: what was read at %v", each.position, each.origin)
		}
		c.arrived(each.position, each.origin, newest)
	}
	c.verdict.letters = len(c.letters)
}

// arrived counts a copy of an input; the first one must not come behind that of a later input.
func (c *checker) arrived(at, origin position, newest map[[2]place]int64) {
	c.copies[origin]++
	way := [2]place{origin.place, at.place}
	last, ok := newest[way]
	if c.copies[origin] == 1 && ok && origin.offset < last {
		c.verdict.violated(overtaken, "%v: what was read at %v is behind what was read at %d", at, origin, last)
	}
	if !ok || origin.offset > last {
		newest[way] = origin.offset
	}
}

func (c *checker) countMarks() {
	for _, each := range c.marks {
		read, err := parseMark(each.value)
		if err != nil {
			c.verdict.violated(foreign, "%v: '%s': %v", each.position, each.value, err)
			continue
		}
		batch := c.batch(read.batch)
		for _, other := range batch.marks {
			if other.index == read.index {
				c.verdict.violated(duplicated, "%v: mark %d of batch %s", each.position, read.index, read.batch)
			}
		}
		if batch.places[each.place] {
			c.verdict.violated(misplaced, "%v: another mark of batch %s is in this partition", each.position, read.batch)
		}
		batch.places[each.place] = true
		batch.marks = append(batch.marks, read)
	}
	c.verdict.marks = len(c.marks)
}

func (c *checker) batch(name string) *batchSeen {
	if c.batches[name] == nil {
		c.batches[name] = &batchSeen{places: map[place]bool{}}
	}
	return c.batches[name]
}

func (c *checker) checkInputs(drained bool) {
	for _, each := range c.inputs {
		copies := c.copies[each.position]
		isCommitted := each.offset < c.committed[each.place]
		switch {
		case isCommitted && copies == 0:
			c.verdict.violated(lost, "%v: '%s'", each.position, each.value)
		case !isCommitted && copies > 0:
			c.verdict.violated(ahead, "%v, committed is %d", each.position, c.committed[each.place])
		case !isCommitted && drained:
			c.verdict.violated(uncommitted, "%v was left, committed is %d", each.position, c.committed[each.place])
		}
		if copies > 1 {
			c.verdict.violated(duplicated, "%v: %d copies", each.position, copies)
		}
		if isCommitted {
			c.verdict.committed++
		}
	}
}

// checkCommitted finds committed offsets behind the end of what there is.
func (c *checker) checkCommitted() {
	highest := map[place]int64{}
	for _, each := range c.inputs {
		highest[each.place] = max(highest[each.place], each.offset+1)
	}
	for at, offset := range c.committed {
		if offset > highest[at] {
			c.verdict.violated(uncommitted, "%v: %d is committed, and the input ends at %d", at, offset, highest[at])
		}
	}
}

// checkTotals compares each accumulator's sum over all instances with what is committed.
func (c *checker) checkTotals() {
	c.verdict.totals = len(c.totals)
	if !c.judgesTotals {
		return
	}
	truth := map[string]int64{"records": 0, "sum": 0}
	for _, each := range c.inputs {
		if number, ok := numberOf(each.value); ok && each.offset < c.committed[each.place] {
			truth["records"]++
			truth["sum"] += number
		}
	}
	found := map[string]int64{}
	for _, each := range c.totals {
		if _, ok := truth[each.name]; !ok {
			c.verdict.violated(miscounted, "an accumulator '%s' of '%s' that the job has not", each.name, each.instance)
		}
		found[each.name] += each.value
	}
	for name, value := range truth {
		if found[name] != value {
			c.verdict.violated(miscounted, "'%s' is %d, and in truth %d", name, found[name], value)
		}
	}
}

// checkEnds finds transactions that are open although everybody has stopped.
func (c *checker) checkEnds() {
	for _, each := range c.ends {
		if each.stable != each.high {
			c.verdict.violated(hanging, "%v is stable up to %d, and ends at %d", each.place, each.stable, each.high)
		}
	}
	for _, each := range c.transactions {
		switch each.state {
		case "Empty", "CompleteCommit", "CompleteAbort", "Dead":
		default:
			c.verdict.violated(hanging, "transaction '%s' is %s", each.id, each.state)
		}
	}
	c.verdict.partitions = len(c.ends)
}
