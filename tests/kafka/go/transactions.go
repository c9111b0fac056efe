package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const attemptsToAnAbort = 3

// transactions are kgo's: ended in both ways, fenced, described, and with the offsets of what was read.
func (d *dialogue) transactions() {
	d.ends()
	d.fencing()
	d.copies()
}

func (d *dialogue) scene(name string) {
	d.topic = d.prefix + "-" + name
	_, err := d.admin.CreateTopic(d.context, partitions, 1, nil, d.topic)
	must(err)
}

func (d *dialogue) transactional(id string) *kgo.Client {
	client, err := kgo.NewClient(kgo.SeedBrokers(d.address), kgo.TransactionalID(d.prefix+"-"+id),
		kgo.DefaultProduceTopic(d.topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.TransactionTimeout(45*time.Second))
	must(err)
	return client
}

// write writes a value to each partition and says at which offsets, or why not.
func (d *dialogue) write(step string, client *kgo.Client, value string) {
	batch := make([]*kgo.Record, partitions)
	for i := range batch {
		batch[i] = &kgo.Record{Partition: int32(i), Value: []byte(value)}
	}
	results := client.ProduceSync(d.context, batch...)
	offsets := map[int32]int64{}
	for _, result := range results {
		offsets[result.Record.Partition] = result.Record.Offset
	}
	d.step(step, offsets, results.FirstErr())
}

func (d *dialogue) ends() {
	d.scene("ends")
	id := d.prefix + "-ends"
	client := d.transactional("ends")
	defer client.Close()
	for i, commits := range []bool{true, false, true, false, true} {
		must(client.BeginTransaction())
		d.write(fmt.Sprint("write ", i), client, fmt.Sprint(i, " ", commits))
		if i == 2 {
			d.described("described while it is open", id)
			d.listedTransactions("listed", nil)
			d.listedTransactions("listed, ongoing", []string{"Ongoing"})
			d.listedTransactions("listed, aborted", []string{"CompleteAbort"})
			d.step("read while it is open", d.readAll(kgo.ReadCommitted()), nil)
		}
		d.step(fmt.Sprint("end ", i), "done", client.EndTransaction(d.context, kgo.TransactionEndTry(commits)))
	}
	d.awaitEnds()
	d.step("read what is committed", d.readAll(kgo.ReadCommitted()), nil)
	d.step("read all", d.readAll(kgo.ReadUncommitted()), nil)
	d.described("described at the end", id)
	d.described("an unknown one described", d.prefix+"-unknown")
}

func (d *dialogue) described(step string, id string) {
	told, err := d.admin.DescribeTransactions(d.context, id)
	must(err)
	one := told[id]
	d.step(step, fmt.Sprint(one.State, " ", one.TimeoutMillis, " ", one.Topics.Sorted()), one.Err)
}

func (d *dialogue) listedTransactions(step string, states []string) {
	told, err := d.admin.ListTransactions(d.context, nil, states)
	d.step(step, told[d.topic].State, err) // Its id is its scene's topic's name.
}

// fencing lets a second producer with the same id abort what the first has open.
func (d *dialogue) fencing() {
	d.scene("fencing")
	first := d.transactional("fencing")
	must(first.BeginTransaction())
	d.write("the first", first, "first")
	second := d.transactional("fencing")
	must(second.BeginTransaction())
	d.write("the second", second, "second")
	d.write("a zombie", first, "zombie")
	d.step("a zombie's commit", "done", first.EndTransaction(d.context, kgo.TryCommit))
	d.step("the second's commit", "done", second.EndTransaction(d.context, kgo.TryCommit))
	d.awaitEnds()
	d.step("read behind the fence", d.readAll(kgo.ReadCommitted()), nil)
	first.Close()
	second.Close()
}

// copies copies a topic in a session, with aborts, and says what the group has committed.
func (d *dialogue) copies() {
	d.scene("source")
	source := d.topic
	d.produce("written", 0, kgo.NoCompression())
	d.scene("target")
	d.group = d.prefix + "-session"
	session, err := kgo.NewGroupTransactSession(kgo.SeedBrokers(d.address),
		kgo.TransactionalID(d.prefix+"-session"), kgo.ConsumerGroup(d.group), kgo.ConsumeTopics(source),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DefaultProduceTopic(d.topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(err)
	for done, attempts := 0, 1; done < records; attempts++ {
		done += d.copySome(session, attempts%attemptsToAnAbort == 0)
	}
	session.Close()
	d.awaitEnds()
	copied := d.readAll(kgo.ReadCommitted())
	slices.Sort(copied)
	total := len(copied)
	d.step("copied", fmt.Sprint(total, " records, ", len(slices.Compact(copied)), " different ones"), nil)
	d.topic = source
	d.committed("committed with the copies")
}

// copySome copies what is there and returns how many records that were, none where it was aborted.
func (d *dialogue) copySome(session *kgo.GroupTransactSession, aborts bool) int {
	fetched := session.PollRecords(d.context, records/10)
	must(d.context.Err())
	must(fetched.Err())
	must(session.Begin())
	fetched.EachRecord(func(one *kgo.Record) {
		session.Produce(d.context, &kgo.Record{Partition: one.Partition, Value: one.Value},
			func(_ *kgo.Record, err error) { must(err) })
	})
	must(session.Client().Flush(d.context))
	committed, err := session.End(d.context, kgo.TransactionEndTry(!aborts))
	must(err)
	if committed == aborts {
		must(fmt.Errorf("a session has committed: %v; it should abort: %v", committed, aborts))
	}
	if !committed {
		return 0
	}
	return fetched.NumRecords()
}

// awaitEnds waits until no transaction is open in the topic: Kafka tells partitions after the producer.
func (d *dialogue) awaitEnds() {
	for {
		stable, err := d.admin.ListCommittedOffsets(d.context, d.topic)
		must(err)
		all, err := d.admin.ListEndOffsets(d.context, d.topic)
		must(err)
		if fmt.Sprint(offsetsOf(stable)) == fmt.Sprint(offsetsOf(all)) {
			return
		}
	}
}

func offsetsOf(told kadm.ListedOffsets) map[int32]int64 {
	offsets := map[int32]int64{}
	told.Each(func(one kadm.ListedOffset) { offsets[one.Partition] = one.Offset })
	return offsets
}

// readAll reads the topic to its end, for that isolation level, and returns its values by partition.
func (d *dialogue) readAll(level kgo.IsolationLevel) []string {
	list := d.admin.ListEndOffsets
	if level == kgo.ReadCommitted() {
		list = d.admin.ListCommittedOffsets
	}
	told, err := list(d.context, d.topic)
	must(err)
	client, err := kgo.NewClient(kgo.SeedBrokers(d.address), kgo.ConsumeTopics(d.topic),
		kgo.FetchIsolationLevel(level), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(100*time.Millisecond))
	must(err)
	defer client.Close()
	ends := offsetsOf(told)
	maps.DeleteFunc(ends, func(_ int32, end int64) bool { return end == 0 })
	byPartition := map[int32][]string{}
	for len(ends) > 0 {
		short, cancel := context.WithTimeout(d.context, 200*time.Millisecond)
		client.PollFetches(short).EachRecord(func(got *kgo.Record) {
			if got.Offset+1 >= ends[got.Partition] {
				delete(ends, got.Partition)
			}
			if !got.Attrs.IsControl() {
				byPartition[got.Partition] = append(byPartition[got.Partition], string(got.Value))
			}
		})
		cancel()
		must(d.context.Err())
	}
	var values []string
	for partition := range int32(partitions) {
		values = append(values, byPartition[partition]...)
	}
	return values
}
