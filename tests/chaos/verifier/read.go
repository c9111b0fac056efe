package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

type topicNames struct {
	inputs                                  []string
	group, out, marks, letters, totals, ids string
}

func (n topicNames) all() []string {
	all := append(slices.Clone(n.inputs), n.out, n.marks, n.letters)
	if n.totals != "" {
		all = append(all, n.totals)
	}
	return all
}

// A reader reads what is in Kafka once everybody who writes has stopped.
type reader struct {
	context context.Context
	brokers []string
	admin   *kadm.Client
	history *history
	stable  kadm.ListedOffsets
}

func readHistory(brokers []string, names topicNames, limit time.Duration) (*history, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	r := &reader{ctx, brokers, kadm.NewClient(client), &history{committed: map[place]int64{}}, nil}
	for _, step := range []func(topicNames) error{r.readEnds, r.readTransactions, r.readCommitted, r.readTopics,
		r.readTotals} {
		if err := step(names); err != nil {
			return nil, err
		}
	}
	return r.history, nil
}

// readEnds asks for both ends of all partitions, those that Kafka keeps committed offsets in among them.
func (r *reader) readEnds(names topicNames) error {
	known, err := r.admin.ListTopics(r.context, names.all()...)
	if err == nil {
		err = known.Error()
	}
	if err != nil {
		return fmt.Errorf("the topics: %w", err)
	}
	asked := names.all()
	const offsetsTopic = "__consumer_offsets"
	internal, err := r.admin.ListTopicsWithInternal(r.context, offsetsTopic)
	if err == nil && internal[offsetsTopic].Err == nil {
		asked = append(asked, offsetsTopic)
	}
	high, err := r.listed(r.admin.ListEndOffsets(r.context, asked...))
	if err != nil {
		return fmt.Errorf("the ends: %w", err)
	}
	if r.stable, err = r.listed(r.admin.ListCommittedOffsets(r.context, asked...)); err != nil {
		return fmt.Errorf("the stable ends: %w", err)
	}
	high.Each(func(one kadm.ListedOffset) {
		stable, _ := r.stable.Lookup(one.Topic, one.Partition)
		r.history.ends = append(r.history.ends, end{place{one.Topic, one.Partition}, stable.Offset, one.Offset})
	})
	slices.SortFunc(r.history.ends, func(a, b end) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.partition, b.partition))
	})
	return nil
}

func (r *reader) listed(offsets kadm.ListedOffsets, err error) (kadm.ListedOffsets, error) {
	if err == nil {
		err = offsets.Error()
	}
	return offsets, err
}

func (r *reader) readTransactions(names topicNames) error {
	listed, err := r.admin.ListTransactions(r.context, nil, nil)
	if err != nil {
		return fmt.Errorf("the transactions: %w", err)
	}
	for _, one := range listed.Sorted() {
		if strings.HasPrefix(one.TxnID, names.ids) {
			r.history.transactions = append(r.history.transactions, transaction{one.TxnID, one.State})
		}
	}
	return nil
}

func (r *reader) readCommitted(names topicNames) error {
	offsets, err := r.admin.FetchOffsets(r.context, names.group)
	if err == nil {
		err = offsets.Error()
	}
	if err != nil {
		return fmt.Errorf("the offsets of group %s: %w", names.group, err)
	}
	offsets.Each(func(one kadm.OffsetResponse) {
		if slices.Contains(names.inputs, one.Topic) && one.At >= 0 {
			r.history.committed[place{one.Topic, one.Partition}] = one.At
		}
	})
	return nil
}

func (r *reader) readTopics(names topicNames) error {
	for _, topic := range names.inputs {
		if err := r.readTopic(topic, func(one *kgo.Record) error {
			r.history.inputs = append(r.history.inputs, asRecord(one))
			return nil
		}); err != nil {
			return err
		}
	}
	if err := r.readTopic(names.out, func(one *kgo.Record) error {
		r.history.out = append(r.history.out, asRecord(one))
		return nil
	}); err != nil {
		return err
	}
	if err := r.readTopic(names.marks, func(one *kgo.Record) error {
		r.history.marks = append(r.history.marks, asRecord(one))
		return nil
	}); err != nil {
		return err
	}
	return r.readTopic(names.letters, func(one *kgo.Record) error {
		r.history.letters = append(r.history.letters, letter{asRecord(one), originOf(one)})
		return nil
	})
}

// readTotals takes the newest value of each key of the compacted topic.
func (r *reader) readTotals(names topicNames) error {
	if names.totals == "" {
		return nil
	}
	r.history.judgesTotals = true
	newest := map[string]total{}
	err := r.readTopic(names.totals, func(one *kgo.Record) error {
		read, err := parseTotal(one.Key, one.Value)
		newest[string(one.Key)] = read
		return err
	})
	for _, one := range newest {
		r.history.totals = append(r.history.totals, one)
	}
	slices.SortFunc(r.history.totals, func(a, b total) int {
		return cmp.Or(cmp.Compare(a.instance, b.instance), cmp.Compare(a.name, b.name))
	})
	return err
}

// readTopic gives what is committed in a topic to `take`, each partition's records in order.
func (r *reader) readTopic(topic string, take func(*kgo.Record) error) error {
	ends := map[int32]int64{} // of those partitions that are not read to their end yet
	from := map[int32]kgo.Offset{}
	for partition, one := range r.stable[topic] {
		if one.Offset > 0 {
			ends[partition] = one.Offset
			from[partition] = kgo.NewOffset().AtStart()
		}
	}
	if len(ends) == 0 {
		return nil
	}
	// Markers of ends are kept: the last thing in a partition may be one.
	client, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	if err != nil {
		return err
	}
	defer client.Close()
	for len(ends) > 0 {
		fetched := client.PollFetches(r.context)
		if err := fetched.Err(); err != nil {
			return fmt.Errorf("reading %s, with the ends %v not reached: %w", topic, ends, err)
		}
		for read := fetched.RecordIter(); !read.Done(); {
			one := read.Next()
			if one.Offset+1 >= ends[one.Partition] {
				delete(ends, one.Partition)
			}
			if !one.Attrs.IsControl() {
				err = cmp.Or(err, take(one))
			}
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", topic, err)
		}
	}
	return nil
}

func asRecord(one *kgo.Record) record {
	return record{position{place{one.Topic, one.Partition}, one.Offset}, string(one.Value)}
}

// originOf returns what a dead letter's headers say, or a place that there is not.
func originOf(one *kgo.Record) position {
	origin := position{place{"nowhere", -1}, -1}
	for _, each := range one.Headers {
		number, _ := strconv.ParseInt(string(each.Value), 10, 64)
		switch each.Key {
		case "weir.topic":
			origin.topic = string(each.Value)
		case "weir.partition":
			origin.partition = int32(number)
		case "weir.offset":
			origin.offset = number
		}
	}
	return origin
}
