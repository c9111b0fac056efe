package main

import "fmt"

// checkBatches finds batches of which not all is there: each mark says what else must be.
func (c *checker) checkBatches() {
	unreadable := map[position]bool{}
	for _, each := range c.inputs {
		if !isReadable(each.value) {
			unreadable[each.position] = true
		}
	}
	for name, batch := range c.batches {
		if complaint := c.tornBatch(batch, unreadable); complaint != "" {
			c.verdict.violated(torn, "batch %s: %s", name, complaint)
		}
	}
	c.verdict.batches = len(c.batches)
}

// tornBatch says the first thing that does not fit, or nothing.
func (c *checker) tornBatch(batch *batchSeen, unreadable map[position]bool) string {
	if len(batch.marks) == 0 {
		return fmt.Sprintf("%d records and no mark", batch.records)
	}
	first := batch.marks[0]
	indexes := map[int64]bool{}
	for _, each := range batch.marks {
		if each.marks != first.marks || each.batchSays != first.batchSays {
			return fmt.Sprintf("its marks disagree: '%v' and '%v'", first, each)
		}
		if each.index >= 0 && each.index < each.marks {
			indexes[each.index] = true
		}
	}
	if int64(len(indexes)) != first.marks {
		return fmt.Sprintf("%d of %d marks", len(indexes), first.marks)
	}
	if batch.records != first.records || batch.sum != first.sum {
		return fmt.Sprintf("%d records with the sum %d, and its marks say %d and %d", batch.records, batch.sum,
			first.records, first.sum)
	}
	extents, err := parseExtents(first.extents)
	if err != nil {
		return err.Error()
	}
	return c.tornExtents(batch, extents, unreadable)
}

// tornExtents compares what a batch says it has read with what is there, dead letters among it.
func (c *checker) tornExtents(batch *batchSeen, extents []extent, unreadable map[position]bool) string {
	mine := map[position]bool{}
	for _, each := range batch.origins {
		mine[each] = true
	}
	inside := 0
	for _, each := range extents {
		if each.until > c.committed[each.place] {
			return fmt.Sprintf("it has read %v, and committed is %d", each, c.committed[each.place])
		}
		for offset := each.from; offset < each.until; offset++ {
			at := position{each.place, offset}
			switch {
			case mine[at]:
				inside++
			case unreadable[at] && c.copies[at] > 0:
			default:
				return fmt.Sprintf("it has read %v, which is not in its output", at)
			}
		}
	}
	if inside != len(mine) {
		return fmt.Sprintf("%d of its %d records are not of what it has read", len(mine)-inside, len(mine))
	}
	return ""
}
