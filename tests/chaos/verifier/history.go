package main

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A place is a partition.
type place struct {
	topic     string
	partition int32
}

func (p place) String() string { return fmt.Sprintf("%s-%d", p.topic, p.partition) }

// A position is where a record is.
type position struct {
	place
	offset int64
}

func (p position) String() string { return fmt.Sprintf("%v@%d", p.place, p.offset) }

type record struct {
	position
	value string
}

// A letter is a dead letter; the origin is what its headers say.
type letter struct {
	record
	origin position
}

// An end is where a partition ends: for readers of what is committed, and altogether.
type end struct {
	place
	stable, high int64
}

// A total is the last value of one instance's accumulator.
type total struct {
	instance, name string
	value          int64
}

// A transaction is a transactional id, and how it stands.
type transaction struct{ id, state string }

// A history is all that the verdict depends on. Records are in the order of their offsets within a partition.
type history struct {
	inputs       []record
	out          []record
	marks        []record
	letters      []letter
	committed    map[place]int64
	ends         []end
	transactions []transaction
	judgesTotals bool
	totals       []total
}

const historyHeader = "weir chaos history 1"

// save writes one fact on each line: a letter for its kind, and fields behind tabs.
func (h *history) save(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	writer := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(writer, historyHeader)
	h.write(func(kind string, fields ...any) {
		_, _ = writer.WriteString(kind)
		for _, field := range fields {
			fmt.Fprintf(writer, "\t%v", field)
		}
		_ = writer.WriteByte('\n')
	})
	if err := writer.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func (h *history) write(line func(kind string, fields ...any)) {
	for i, records := range [][]record{h.inputs, h.out, h.marks} {
		for _, each := range records {
			line("IOM"[i:i+1], each.topic, each.partition, each.offset, strconv.Quote(each.value))
		}
	}
	for _, each := range h.letters {
		line("D", each.topic, each.partition, each.offset, strconv.Quote(each.value), each.origin.topic,
			each.origin.partition, each.origin.offset)
	}
	for _, at := range h.committedPlaces() {
		line("C", at.topic, at.partition, h.committed[at])
	}
	for _, each := range h.ends {
		line("E", each.topic, each.partition, each.stable, each.high)
	}
	for _, each := range h.transactions {
		line("T", strconv.Quote(each.id), each.state)
	}
	if h.judgesTotals {
		line("J")
	}
	for _, each := range h.totals {
		line("A", strconv.Quote(each.instance), strconv.Quote(each.name), each.value)
	}
}

// committedPlaces returns the partitions with a committed offset, in order.
func (h *history) committedPlaces() []place {
	return slices.SortedFunc(maps.Keys(h.committed), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.partition, b.partition))
	})
}

func loadHistory(path string) (*history, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	if !lines.Scan() || lines.Text() != historyHeader {
		return nil, fmt.Errorf("%s does not begin with '%s'", path, historyHeader)
	}
	read := &history{committed: map[place]int64{}}
	for number := 2; lines.Scan(); number++ {
		fields := &fieldReader{rest: strings.Split(lines.Text(), "\t")}
		read.add(fields)
		if fields.err != nil || len(fields.rest) > 0 {
			return nil, fmt.Errorf("%s:%d is no fact: %.100s", path, number, lines.Text())
		}
	}
	return read, lines.Err()
}

func (h *history) add(fields *fieldReader) {
	switch kind := fields.text(); kind {
	case "I":
		h.inputs = append(h.inputs, fields.record())
	case "O":
		h.out = append(h.out, fields.record())
	case "M":
		h.marks = append(h.marks, fields.record())
	case "D":
		h.letters = append(h.letters, letter{fields.record(), position{fields.place(), fields.number()}})
	case "C":
		h.committed[fields.place()] = fields.number()
	case "E":
		h.ends = append(h.ends, end{fields.place(), fields.number(), fields.number()})
	case "T":
		h.transactions = append(h.transactions, transaction{fields.quoted(), fields.text()})
	case "J":
		h.judgesTotals = true
	case "A":
		h.totals = append(h.totals, total{fields.quoted(), fields.quoted(), fields.number()})
	default:
		fields.err = fmt.Errorf("a kind of fact that there is not: %s", kind)
	}
}

// A fieldReader takes a line's fields one by one and keeps the first error.
type fieldReader struct {
	rest []string
	err  error
}

func (f *fieldReader) text() string {
	if len(f.rest) == 0 {
		f.err = fmt.Errorf("a field is missing")
		return ""
	}
	first := f.rest[0]
	f.rest = f.rest[1:]
	return first
}

func (f *fieldReader) number() int64 {
	value, err := strconv.ParseInt(f.text(), 10, 64)
	f.keep(err)
	return value
}

func (f *fieldReader) quoted() string {
	value, err := strconv.Unquote(f.text())
	f.keep(err)
	return value
}

func (f *fieldReader) place() place { return place{f.text(), int32(f.number())} }

func (f *fieldReader) record() record {
	return record{position{f.place(), f.number()}, f.quoted()}
}

func (f *fieldReader) keep(err error) {
	if f.err == nil {
		f.err = err
	}
}
