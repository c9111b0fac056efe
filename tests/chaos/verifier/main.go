// The verifier says whether a job that copies topics did so exactly once. It shares no code with the job.
//
//	verifier read --brokers A --inputs in-a,in-b --group G [--out out] ... --history FILE
//	verifier check [--drained] FILE
//	verifier mutate [--count 1000] [--seed 1] [FILE]
//
// `read` writes down what is in Kafka, the history; `check` judges a history and prints the verdict, exit status 1
// if anything is violated. `mutate` damages histories (a file's, or made-up ones), one by one, and counts how many
// of the damages `check` notices; exit status 1 unless it is all of them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

var errViolated = errors.New("violated")

func main() {
	commands := map[string]func([]string) error{"read": readCommand, "check": checkCommand, "mutate": mutateCommand}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: verifier read|check|mutate ... (--help after one of them)")
		os.Exit(2)
	}
	err := commands[os.Args[1]](os.Args[2:])
	if err == nil {
		return
	}
	if !errors.Is(err, errViolated) {
		fmt.Fprintln(os.Stderr, "verifier:", err)
		os.Exit(2)
	}
	os.Exit(1)
}

func readCommand(arguments []string) error {
	flags := flag.NewFlagSet("read", flag.ExitOnError)
	names := topicNames{}
	brokers := flags.String("brokers", "", "host:port[,host:port]")
	inputs := flags.String("inputs", "", "the topics that the job reads, separated by commas")
	flags.StringVar(&names.group, "group", "", "the job's consumer group")
	flags.StringVar(&names.out, "out", "out", "the topic that the job copies to")
	flags.StringVar(&names.marks, "marks", "marks", "the topic with each batch's marks")
	flags.StringVar(&names.letters, "dead-letters", "dead", "the topic with what the job could not read")
	flags.StringVar(&names.totals, "accumulators", "", "the compacted topic with accumulators; none are judged without it")
	flags.StringVar(&names.ids, "transactional-ids", "", "the beginning of those whose transactions must be over")
	path := flags.String("history", "", "the file to write")
	limit := flags.Duration("limit", 2*time.Minute, "how long reading may take")
	_ = flags.Parse(arguments)
	if *brokers == "" || *inputs == "" || names.group == "" || *path == "" {
		return errors.New("read needs --brokers, --inputs, --group and --history")
	}
	names.inputs = strings.Split(*inputs, ",")
	read, err := readHistory(strings.Split(*brokers, ","), names, *limit)
	if err != nil {
		return err
	}
	return read.save(*path)
}

func checkCommand(arguments []string) error {
	flags := flag.NewFlagSet("check", flag.ExitOnError)
	drained := flags.Bool("drained", false, "the job has had time to read all of its input")
	_ = flags.Parse(arguments)
	if flags.NArg() != 1 {
		return errors.New("check needs a history's file")
	}
	read, err := loadHistory(flags.Arg(0))
	if err != nil {
		return err
	}
	told := check(read, *drained)
	told.print(os.Stdout)
	if !told.good() {
		return errViolated
	}
	return nil
}

func mutateCommand(arguments []string) error {
	flags := flag.NewFlagSet("mutate", flag.ExitOnError)
	count := flags.Int("count", 1000, "how many damages")
	seed := flags.Int64("seed", 1, "the first damage's seed; the others' follow")
	_ = flags.Parse(arguments)
	var given *history
	if flags.NArg() == 1 {
		read, err := loadHistory(flags.Arg(0))
		if err != nil {
			return err
		}
		if told := check(read, false); !told.good() {
			told.print(os.Stdout)
			return errors.New("a history that is damaged before has nothing to show")
		}
		if len(read.out) == 0 {
			return errors.New("a history without any output cannot be damaged")
		}
		given = read
	}
	told := hunt(given, *seed, *count)
	told.print(os.Stdout)
	if !told.good() {
		return errViolated
	}
	return nil
}
