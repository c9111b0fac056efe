package main

import (
	"fmt"
	"math/rand"
	"strings"
)

const (
	madePartitions = 4
	madeMarks      = 3
)

var madeTopics = []string{"in-a", "in-b"}

// A maker makes up a history in which all is well, as a job on a real broker would have left it.
type maker struct {
	*history
	random *rand.Rand
	next   map[place]int64   // where each partition goes on
	read   map[place][]int64 // the places in `inputs` of each partition's records
}

func makeHistory(seed int64) *history {
	m := &maker{&history{committed: map[place]int64{}, judgesTotals: true}, rand.New(rand.NewSource(seed)),
		map[place]int64{}, map[place][]int64{}}
	m.makeInputs()
	totals := map[string]*batchSays{"a": {}, "b": {}}
	for batch := 0; batch < 20+m.random.Intn(20); batch++ {
		m.makeBatch(batch, totals)
	}
	for _, instance := range []string{"a", "b"} {
		m.totals = append(m.totals, total{instance, "records", totals[instance].records},
			total{instance, "sum", totals[instance].sum})
	}
	m.makeEnds()
	return m.history
}

func (m *maker) makeInputs() {
	for _, topic := range madeTopics {
		for partition := range int32(madePartitions) {
			at := place{topic, partition}
			for offset := range int64(40 + m.random.Intn(60)) {
				value := inputValue(at, offset, m.random.Uint64())
				if m.random.Intn(30) == 0 {
					value = "x" + value[1:]
				}
				m.read[at] = append(m.read[at], int64(len(m.inputs)))
				m.inputs = append(m.inputs, record{m.append(at), value})
			}
			m.committed[at] = 0
		}
	}
}

// append returns where the next record of a partition is.
func (m *maker) append(at place) position {
	m.next[at]++
	return position{at, m.next[at] - 1}
}

// makeBatch reads on in some partitions and commits what it makes of that.
func (m *maker) makeBatch(number int, totals map[string]*batchSays) {
	instance := []string{"a", "b"}[m.random.Intn(2)]
	name := fmt.Sprintf("%s.%d.%d", instance, 100+m.random.Intn(3), 1_700_000_000_000_000+number)
	says := batchSays{}
	var extents []string
	written := map[place]bool{}
	for _, at := range m.committedPlaces() {
		from := m.committed[at]
		until := min(from+int64(m.random.Intn(7)), int64(len(m.read[at])))
		if from == until || m.random.Intn(3) == 0 {
			continue
		}
		extents = append(extents, extent{at, from, until}.String())
		for _, index := range m.read[at][from:until] {
			written[m.copy(name, m.inputs[index], &says)] = true
		}
		m.committed[at] = until
	}
	if says.records > 0 {
		says.extents = strings.Join(extents, ",")
		for index := range int64(madeMarks) {
			at := m.append(place{"marks", int32(index)})
			written[at.place] = true
			m.marks = append(m.marks, record{at, mark{name, index, madeMarks, says}.String()})
		}
	}
	for at := range written {
		m.next[at]++ // Where the transaction's end is.
	}
	totals[instance].records += says.records
	totals[instance].sum += says.sum
}

// copy writes an input where it belongs and returns the partition.
func (m *maker) copy(batch string, from record, says *batchSays) place {
	number, readable := numberOf(from.value)
	if !readable {
		at := m.append(place{"dead", from.partition})
		m.letters = append(m.letters, letter{record{at, from.value}, from.position})
		return at.place
	}
	at := m.append(place{"out", from.partition})
	m.out = append(m.out, record{at, batch + " " + from.value})
	says.records++
	says.sum += number
	return at.place
}

func (m *maker) makeEnds() {
	for _, topic := range append([]string{"out", "marks", "dead"}, madeTopics...) {
		for partition := range int32(madePartitions) {
			at := place{topic, partition}
			m.ends = append(m.ends, end{at, m.next[at], m.next[at]})
		}
	}
	m.transactions = []transaction{{"a-0", "CompleteCommit"}, {"a-1", "Empty"}, {"b-0", "CompleteAbort"}}
}
