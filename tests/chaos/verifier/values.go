package main

import (
	"fmt"
	"strconv"
	"strings"
)

// What the writer writes and the job makes of it, as text with blanks between its words:
//
//	input    n TOPIC PARTITION NUMBER PAYLOAD     what the job reads, or
//	         x ...                                what it cannot read, a dead letter
//	out      BATCH and the input
//	mark     BATCH INDEX MARKS RECORDS SUM RANGE,RANGE,...     a RANGE is TOPIC:PARTITION:FROM:UNTIL
//
// A batch has so many MARKS, each in a partition of its own, and each says of the whole batch how many RECORDS it
// has in out, the SUM of their numbers, and what it has read.

// numberOf returns the number of an input that can be read.
func numberOf(value string) (int64, bool) {
	words := strings.Split(value, " ")
	if len(words) != 5 || words[0] != "n" {
		return 0, false
	}
	number, err := strconv.ParseInt(words[3], 10, 64)
	return number, err == nil
}

func isReadable(value string) bool {
	_, ok := numberOf(value)
	return ok
}

// inputPrefix returns what each readable input of a partition begins with.
func inputPrefix(at place) string { return fmt.Sprintf("n %s %d ", at.topic, at.partition) }

func inputValue(at place, number int64, payload uint64) string {
	return fmt.Sprintf("n %s %d %d %016x", at.topic, at.partition, number, payload)
}

// splitOut returns the batch that a record of the output belongs to, and the input it is a copy of.
func splitOut(value string) (batch, input string) {
	batch, input, _ = strings.Cut(value, " ")
	return batch, input
}

type extent struct {
	place
	from, until int64
}

type mark struct {
	batch        string
	index, marks int64
	batchSays
}

// batchSays is what all marks of a batch say alike.
type batchSays struct {
	records, sum int64
	extents      string
}

func (m mark) String() string {
	return fmt.Sprintf("%s %d %d %d %d %s", m.batch, m.index, m.marks, m.records, m.sum, m.extents)
}

func parseMark(value string) (mark, error) {
	words := strings.Split(value, " ")
	if len(words) != 6 {
		return mark{}, fmt.Errorf("a mark has six words")
	}
	fields := &fieldReader{rest: words}
	read := mark{fields.text(), fields.number(), fields.number(),
		batchSays{fields.number(), fields.number(), fields.text()}}
	return read, fields.err
}

func parseExtents(text string) ([]extent, error) {
	var all []extent
	for _, one := range strings.Split(text, ",") {
		fields := &fieldReader{rest: strings.Split(one, ":")}
		read := extent{fields.place(), fields.number(), fields.number()}
		if fields.err != nil || len(fields.rest) > 0 || read.from > read.until {
			return nil, fmt.Errorf("'%s' is no range", one)
		}
		all = append(all, read)
	}
	return all, nil
}

func (e extent) String() string {
	return fmt.Sprintf("%s:%d:%d:%d", e.topic, e.partition, e.from, e.until)
}
