package main

import (
	"fmt"
	"slices"
	"strings"
)

var mutations = []mutation{
	{"drop a record", []string{lost}, func(d *damager) string { return d.drop(&d.out) }},
	{"drop a mark", []string{torn}, func(d *damager) string { return d.drop(&d.marks) }},
	{"drop a dead letter", []string{lost}, (*damager).dropLetter},
	{"drop a batch", []string{lost}, (*damager).dropBatch},
	{"duplicate a record", []string{duplicated}, func(d *damager) string { return d.duplicate(&d.out) }},
	{"duplicate a mark", []string{duplicated}, func(d *damager) string { return d.duplicate(&d.marks) }},
	{"duplicate a dead letter", []string{duplicated}, (*damager).duplicateLetter},
	{"repeat a batch under another name", []string{duplicated}, (*damager).repeatBatch},
	{"swap two records", []string{overtaken}, (*damager).swap},
	{"swap two dead letters", []string{overtaken}, (*damager).swapLetters},
	{"alter a record's value", []string{foreign}, (*damager).alterValue},
	{"alter a record's batch", []string{torn}, (*damager).alterBatch},
	{"alter a mark", []string{torn, foreign}, (*damager).alterMark},
	{"alter a dead letter", []string{foreign}, (*damager).alterLetter},
	{"exchange two records' batches", []string{torn}, (*damager).exchangeBatches},
	{"move a record to another partition", []string{misplaced}, (*damager).move},
	{"move a record to the dead letters", []string{misplaced}, (*damager).bury},
	{"tear a batch", []string{torn}, (*damager).tear},
	{"tear a batch between its topics", []string{torn}, (*damager).tearTopic},
	{"write what is not committed", []string{ahead}, (*damager).runAhead},
	{"commit one less", []string{ahead}, func(d *damager) string { return d.recommit(-1) }},
	{"commit one more", []string{lost, uncommitted}, func(d *damager) string { return d.recommit(+1) }},
	{"count one off", []string{miscounted}, (*damager).miscount},
	{"lose an accumulator", []string{miscounted}, (*damager).loseTotal},
	{"leave a partition's transaction open", []string{hanging}, (*damager).hang},
	{"leave a transactional id's transaction open", []string{hanging}, (*damager).hangTransaction},
}

// some returns a place in a list that has one at least, or -1.
func (d *damager) some(length int) int {
	if length == 0 {
		return -1
	}
	return d.random.Intn(length)
}

func (d *damager) drop(from *[]record) string {
	i := d.some(len(*from))
	if i < 0 {
		return ""
	}
	what := fmt.Sprint((*from)[i])
	*from = slices.Delete(*from, i, i+1)
	return what
}

func (d *damager) dropLetter() string {
	i := d.some(len(d.letters))
	if i < 0 {
		return ""
	}
	what := fmt.Sprint(d.letters[i])
	d.letters = slices.Delete(d.letters, i, i+1)
	return what
}

// duplicate writes a record again: right behind itself, or at the end.
func (d *damager) duplicate(in *[]record) string {
	i := d.some(len(*in))
	if i < 0 {
		return ""
	}
	again := (*in)[i]
	*in = slices.Insert(*in, []int{i + 1, len(*in)}[d.random.Intn(2)], again)
	return fmt.Sprint(again)
}

func (d *damager) duplicateLetter() string {
	i := d.some(len(d.letters))
	if i < 0 {
		return ""
	}
	d.letters = append(d.letters, d.letters[i])
	return fmt.Sprint(d.letters[i])
}

// someBatch returns the name of one, or nothing.
func (d *damager) someBatch() string {
	i := d.some(len(d.marks))
	if i < 0 {
		return ""
	}
	return batchOf(d.marks[i])
}

func batchOf(one record) string {
	name, _ := splitOut(one.value)
	return name
}

func (d *damager) dropBatch() string {
	name := d.someBatch()
	isOfBatch := func(one record) bool { return batchOf(one) == name }
	d.out = slices.DeleteFunc(d.out, isOfBatch)
	d.marks = slices.DeleteFunc(d.marks, isOfBatch)
	return name
}

func (d *damager) repeatBatch() string {
	name := d.someBatch()
	for _, list := range []*[]record{&d.out, &d.marks} {
		for _, each := range slices.Clone(*list) {
			if batchOf(each) == name {
				each.value = "again" + each.value
				*list = append(*list, each)
			}
		}
	}
	return name
}

// swap exchanges two records with the same origin's partition.
func (d *damager) swap() string {
	if len(d.out) == 0 {
		return ""
	}
	first := d.some(len(d.out))
	prefix := inputPrefix(placeOf(d.out[first]))
	var others []int
	for i, each := range d.out {
		if _, input := splitOut(each.value); i != first && strings.HasPrefix(input, prefix) {
			others = append(others, i)
		}
	}
	if len(others) == 0 {
		return ""
	}
	second := others[d.random.Intn(len(others))]
	d.out[first].value, d.out[second].value = d.out[second].value, d.out[first].value
	return fmt.Sprint(d.out[first], " and ", d.out[second])
}

// placeOf returns the partition that a record of the output says it was read from.
func placeOf(one record) place {
	_, input := splitOut(one.value)
	words := strings.Split(input, " ")
	return place{words[1], one.partition}
}

func (d *damager) swapLetters() string {
	if len(d.letters) == 0 {
		return ""
	}
	first := d.some(len(d.letters))
	var others []int
	for i, each := range d.letters {
		if i != first && each.origin.place == d.letters[first].origin.place {
			others = append(others, i)
		}
	}
	if len(others) == 0 {
		return ""
	}
	second := others[d.random.Intn(len(others))]
	a, b := &d.letters[first], &d.letters[second]
	a.value, b.value, a.origin, b.origin = b.value, a.value, b.origin, a.origin
	return fmt.Sprint(*a, " and ", *b)
}

// garble changes one character between two places in a text.
func (d *damager) garble(text string, from, until int) string {
	at := from + d.random.Intn(until-from)
	letter := byte('a' + d.random.Intn(26))
	if text[at] == letter {
		letter = '_'
	}
	return text[:at] + string(letter) + text[at+1:]
}

func (d *damager) alterValue() string {
	i := d.some(len(d.out))
	if i < 0 {
		return ""
	}
	one := &d.out[i]
	one.value = d.garble(one.value, len(batchOf(*one))+1, len(one.value))
	return fmt.Sprint(*one)
}

func (d *damager) alterBatch() string {
	i := d.some(len(d.out))
	if i < 0 {
		return ""
	}
	one := &d.out[i]
	one.value = d.garble(one.value, 0, len(batchOf(*one)))
	return fmt.Sprint(*one)
}

func (d *damager) alterLetter() string {
	i := d.some(len(d.letters))
	if i < 0 {
		return ""
	}
	one := &d.letters[i]
	if d.random.Intn(2) == 0 {
		one.origin.offset += int64(1 - 2*d.random.Intn(2))
	} else {
		one.value = d.garble(one.value, 0, len(one.value))
	}
	return fmt.Sprint(*one)
}
