package main

import (
	"fmt"
	"slices"
)

func (d *damager) alterMark() string {
	i := d.some(len(d.marks))
	if i < 0 {
		return ""
	}
	read, err := parseMark(d.marks[i].value)
	if err != nil {
		return ""
	}
	step := int64(1 - 2*d.random.Intn(2))
	switch d.random.Intn(6) {
	case 0:
		read.batch = d.garble(read.batch, 0, len(read.batch))
	case 1:
		read.index += step * read.marks // So that it is no other mark's.
	case 2:
		read.marks += step
	case 3:
		read.records += step
	case 4:
		read.sum += step
	case 5:
		read.extents = d.garble(read.extents, 0, len(read.extents))
	}
	d.marks[i].value = read.String()
	return fmt.Sprint(d.marks[i])
}

// exchangeBatches lets two records of different batches change their batches.
func (d *damager) exchangeBatches() string {
	if len(d.out) < 2 {
		return ""
	}
	first, second := d.some(len(d.out)), d.some(len(d.out))
	a, input := splitOut(d.out[first].value)
	b, other := splitOut(d.out[second].value)
	if a == b {
		return ""
	}
	d.out[first].value, d.out[second].value = b+" "+input, a+" "+other
	return fmt.Sprint(d.out[first], " and ", d.out[second])
}

func (d *damager) move() string {
	i := d.some(len(d.out))
	if i < 0 {
		return ""
	}
	one := d.out[i]
	d.out = slices.Delete(d.out, i, i+1)
	one.partition++
	d.out = append(d.out, one)
	return fmt.Sprint(one)
}

// bury makes a record a dead letter.
func (d *damager) bury() string {
	i := d.some(len(d.out))
	if i < 0 {
		return ""
	}
	one := d.out[i]
	_, input := splitOut(one.value)
	at := slices.IndexFunc(d.inputs, func(each record) bool { return each.value == input })
	d.out = slices.Delete(d.out, i, i+1)
	d.letters = append(d.letters,
		letter{record{position{place{"dead", one.partition}, one.offset}, input}, d.inputs[at].position})
	return fmt.Sprint(one)
}

// tear drops some of a batch's records and marks, and not all.
func (d *damager) tear() string {
	name := d.someBatch()
	if name == "" {
		return ""
	}
	kept, dropped := 0, 0
	drops := func(one record) bool {
		if batchOf(one) != name {
			return false
		}
		if d.random.Intn(2) == 0 {
			kept++
			return false
		}
		dropped++
		return true
	}
	d.out = slices.DeleteFunc(d.out, drops)
	d.marks = slices.DeleteFunc(d.marks, drops)
	if kept == 0 || dropped == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d of batch %s", kept, kept+dropped, name)
}

// tearTopic drops all that a batch has in one of its two topics.
func (d *damager) tearTopic() string {
	name := d.someBatch()
	isOfBatch := func(one record) bool { return batchOf(one) == name }
	if d.random.Intn(2) == 0 {
		d.out = slices.DeleteFunc(d.out, isOfBatch)
		return "the marks of " + name
	}
	d.marks = slices.DeleteFunc(d.marks, isOfBatch)
	return "the records of " + name
}

// runAhead writes the output of an input that is not committed.
func (d *damager) runAhead() string {
	var left []record
	for _, each := range d.inputs {
		if each.offset >= d.committed[each.place] && isReadable(each.value) {
			left = append(left, each)
		}
	}
	i := d.some(len(left))
	if i < 0 || len(d.out) == 0 {
		return ""
	}
	one := record{position{place{d.out[0].topic, left[i].partition}, 1 << 40},
		batchOf(d.out[d.some(len(d.out))]) + " " + left[i].value}
	d.out = append(d.out, one)
	return fmt.Sprint(one)
}

func (d *damager) recommit(step int64) string {
	places := d.committedPlaces()
	i := d.some(len(places))
	if i < 0 || d.committed[places[i]]+step < 0 {
		return ""
	}
	d.committed[places[i]] += step
	return fmt.Sprint(places[i], " ", d.committed[places[i]])
}

func (d *damager) miscount() string {
	i := d.some(len(d.totals))
	if i < 0 {
		return ""
	}
	d.totals[i].value += int64(1 - 2*d.random.Intn(2))
	return fmt.Sprint(d.totals[i])
}

func (d *damager) loseTotal() string {
	i := d.some(len(d.totals))
	if i < 0 || d.totals[i].value == 0 {
		return ""
	}
	what := fmt.Sprint(d.totals[i])
	d.totals = slices.Delete(d.totals, i, i+1)
	return what
}

func (d *damager) hang() string {
	i := d.some(len(d.ends))
	if i < 0 {
		return ""
	}
	d.ends[i].high += 1 + int64(d.random.Intn(9))
	return fmt.Sprint(d.ends[i])
}

func (d *damager) hangTransaction() string {
	i := d.some(len(d.transactions))
	if i < 0 {
		return ""
	}
	d.transactions[i].state = []string{"Ongoing", "PrepareCommit", "PrepareAbort", "PrepareEpochFence"}[d.random.Intn(4)]
	return fmt.Sprint(d.transactions[i])
}
