// Franz-go's dialogue: kadm administrates, kgo produces in each compression and consumes in a group
// of two that loses a member.
//
//	dialogue [transactions] ADDRESS PREFIX
//
// The one with `transactions` is about these alone.
// Prints a line `step: told` for each step; a step that is refused tells Kafka's name of the error.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	partitions = 4
	records    = 200
	firstTime  = 1_700_000_000_000
)

type dialogue struct {
	context context.Context
	address string
	prefix  string
	topic   string
	group   string
	admin   *kadm.Client
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	address, prefix := os.Args[len(os.Args)-2], os.Args[len(os.Args)-1]
	client, err := kgo.NewClient(kgo.SeedBrokers(address))
	must(err)
	defer client.Close()
	d := &dialogue{ctx, address, prefix, prefix + "-topic", prefix + "-group", kadm.NewClient(client)}
	if os.Args[1] == "transactions" {
		d.transactions()
		return
	}
	d.topics()
	d.produceAndConsume()
	d.offsets()
	d.groups()
	d.deletions()
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// step says what was told, or the name of the error that the broker answered.
func (d *dialogue) step(name string, told any, err error) {
	var refused *kerr.Error
	if errors.As(err, &refused) {
		told = refused.Message
	} else if err != nil {
		told = err
	}
	fmt.Printf("%s: %s\n", name, strings.ReplaceAll(fmt.Sprint(told), d.prefix, "*"))
}

func (d *dialogue) topics() {
	for _, step := range []string{"create", "create again"} {
		made, err := d.admin.CreateTopic(d.context, partitions, 1, map[string]*string{
			"retention.bytes": kadm.StringPtr("1000000")}, d.topic)
		d.step(step, fmt.Sprint(made.NumPartitions, " replicas ", made.ReplicationFactor), err)
	}
	_, err := d.admin.CreateTopic(d.context, 1, 3, nil, d.topic+"-many")
	d.step("too many replicas", "made", err)
	listed, err := d.admin.ListTopics(d.context, d.topic, "unknown")
	for err == nil && listed[d.topic].Err != nil { // Kafka's broker hears a moment later of the topic.
		listed, err = d.admin.ListTopics(d.context, d.topic, "unknown")
	}
	d.step("list", len(listed[d.topic].Partitions), err)
	d.step("list an unknown topic", "", listed["unknown"].Err)
	configs, err := d.admin.DescribeTopicConfigs(d.context, d.topic)
	must(err)
	one, err := configs.On(d.topic, nil)
	for _, config := range one.Configs {
		if config.Key == "retention.bytes" || config.Key == "cleanup.policy" {
			d.step("config "+config.Key, config.MaybeValue()+" "+config.Source.String(), err)
		}
	}
	_, err = d.admin.DescribeTopicConfigs(d.context, "unknown")
	d.step("configs of an unknown topic", "", err)
	altered, err := d.admin.AlterTopicConfigs(d.context, []kadm.AlterConfig{
		{Name: "retention.bytes", Value: kadm.StringPtr("2000000")}}, d.topic)
	if err == nil {
		err = altered[0].Err
	}
	d.step("alter configs", "done", err)
	brokers, err := d.admin.ListBrokers(d.context)
	d.step("brokers", len(brokers), err)
}

func (d *dialogue) produceAndConsume() {
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(),
		kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}
	for i, codec := range codecs {
		d.produce(fmt.Sprint("write with codec ", i), i*records, codec)
	}
	var read []string
	all := len(codecs) * records
	first := d.member()
	d.poll(&read, "the first reads all", func() bool { return len(read) == all }, first)
	d.step("alone", first.assigned(), nil)
	must(first.client.CommitUncommittedOffsets(d.context))
	second := d.member()
	d.poll(&read, "each has a half", func() bool {
		return first.assigned() == partitions/2 && second.assigned() == partitions/2
	}, first, second)
	d.produce("write to both", all, codecs[0])
	all += records
	d.poll(&read, "both read the rest", func() bool { return len(read) >= all }, first, second)
	must(first.client.CommitUncommittedOffsets(d.context))
	first.client.Close()
	d.poll(&read, "the second has all", func() bool { return second.assigned() == partitions }, second)
	must(second.client.CommitUncommittedOffsets(d.context))
	second.client.Close()
	total := len(read)
	slices.Sort(read)
	d.step("both", fmt.Sprint(total, " records, ", len(slices.Compact(read)), " different ones"), nil)
}

func (d *dialogue) produce(step string, begin int, codec kgo.CompressionCodec) {
	client, err := kgo.NewClient(kgo.SeedBrokers(d.address), kgo.ProducerBatchCompression(codec),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.RequiredAcks(kgo.AllISRAcks()))
	must(err)
	defer client.Close()
	batch := make([]*kgo.Record, records)
	for i := range batch {
		batch[i] = d.record(begin + i)
	}
	results := client.ProduceSync(d.context, batch...)
	last := map[int32]int64{}
	for _, result := range results {
		last[result.Record.Partition] = result.Record.Offset
	}
	d.step(step, last, results.FirstErr())
}

func (d *dialogue) record(number int) *kgo.Record {
	text := fmt.Sprint(number)
	return &kgo.Record{
		Topic: d.topic, Partition: int32(number % partitions), Timestamp: time.UnixMilli(firstTime + int64(number)),
		Key: []byte("key " + text), Value: []byte(text + strings.Repeat("x", number%150)),
		Headers: []kgo.RecordHeader{{Key: "number", Value: []byte(text)}},
	}
}

// member is a consumer of the group, and the partitions it has.
type member struct {
	client *kgo.Client
	mutex  sync.Mutex
	count  int
}

func (d *dialogue) member() *member {
	m := &member{}
	lost := func(_ context.Context, _ *kgo.Client, gone map[string][]int32) { m.add(-len(gone[d.topic])) }
	client, err := kgo.NewClient(kgo.SeedBrokers(d.address), kgo.ConsumerGroup(d.group),
		kgo.ConsumeTopics(d.topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.HeartbeatInterval(100*time.Millisecond), kgo.FetchMaxWait(100*time.Millisecond),
		kgo.DisableAutoCommit(), kgo.OnPartitionsRevoked(lost), kgo.OnPartitionsLost(lost),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, come map[string][]int32) {
			m.add(len(come[d.topic]))
		}))
	must(err)
	m.client = client
	return m
}

func (m *member) add(partitions int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.count += partitions
}

func (m *member) assigned() int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.count
}

// poll polls the members in turn until the condition holds, and compares what comes with what was written.
func (d *dialogue) poll(read *[]string, what string, condition func() bool, members ...*member) {
	for !condition() {
		if d.context.Err() != nil {
			must(fmt.Errorf("in time: %s; %d records read", what, len(*read)))
		}
		for _, m := range members {
			short, cancel := context.WithTimeout(d.context, 20*time.Millisecond)
			m.client.PollFetches(short).EachRecord(func(got *kgo.Record) {
				d.check(got)
				*read = append(*read, string(got.Headers[0].Value))
			})
			cancel()
		}
	}
}

func (d *dialogue) check(got *kgo.Record) {
	number, err := strconv.Atoi(string(got.Headers[0].Value))
	must(err)
	wanted := d.record(number)
	if got.Partition != wanted.Partition || !got.Timestamp.Equal(wanted.Timestamp) ||
		!bytes.Equal(got.Key, wanted.Key) || !bytes.Equal(got.Value, wanted.Value) {
		must(fmt.Errorf("record %d was read as %v", number, got))
	}
}

func (d *dialogue) offsets() {
	d.listed("earliest", d.admin.ListStartOffsets)
	d.listed("latest", d.admin.ListEndOffsets)
	d.listed("of the latest time", d.admin.ListMaxTimestampOffsets)
	d.listed("by time", func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
		return d.admin.ListOffsetsAfterMilli(ctx, firstTime+101, topics...)
	})
}

func (d *dialogue) listed(step string, list func(context.Context, ...string) (kadm.ListedOffsets, error)) {
	told, err := list(d.context, d.topic)
	if err == nil {
		err = told.Error()
	}
	offsets := map[int32][2]int64{}
	told.Each(func(one kadm.ListedOffset) { offsets[one.Partition] = [2]int64{one.Offset, one.Timestamp} })
	d.step("offsets, "+step, offsets, err)
}

func (d *dialogue) groups() {
	listed, err := d.admin.ListGroups(d.context)
	d.step("list groups", listed[d.group].ProtocolType, err)
	described, err := d.admin.DescribeGroups(d.context, d.group, "unknown")
	must(err)
	d.step("describe group", fmt.Sprint(described[d.group].State, len(described[d.group].Members)), nil)
	d.step("describe an unknown group", described["unknown"].State, described["unknown"].Err)
	d.committed("committed")
	changed := kadm.Offsets{}
	changed.AddOffset(d.topic, 1, 3, -1)
	must(d.admin.CommitAllOffsets(d.context, d.group, changed))
	d.committed("committed anew")
	deleted, err := d.admin.DeleteOffsets(d.context, d.group, kadm.TopicsSet{d.topic: {1: {}}})
	if err == nil {
		err = deleted.Error()
	}
	d.step("delete offsets", "done", err)
	for _, step := range []string{"delete group", "delete it again"} {
		_, err = d.admin.DeleteGroup(d.context, d.group)
		d.step(step, "done", err)
	}
}

func (d *dialogue) committed(step string) {
	told, err := d.admin.FetchOffsets(d.context, d.group)
	offsets := map[int32]int64{}
	for partition, one := range told[d.topic] {
		offsets[partition] = one.At
	}
	d.step(step, offsets, err)
}

func (d *dialogue) deletions() {
	before := kadm.Offsets{}
	before.AddOffset(d.topic, 0, 5, -1)
	deleted, err := d.admin.DeleteRecords(d.context, before)
	if err == nil {
		err = deleted.Error()
	}
	d.step("delete records", "done", err)
	for _, step := range []string{"delete topic", "delete it again"} {
		_, err = d.admin.DeleteTopic(d.context, d.topic)
		d.step(step, "done", err)
	}
}
