#!/usr/bin/env python3
"""Plants bugs into the client, the engine and the broker, one at a time, and lets the simulator hunt them.

    tests/sim/mutants.py [--seeds 10000] [--only NAME] [--results FILE]

Works on a copy of the tree; each bug is a piece of text that is replaced by another, and a text that
is not there any more is an error. Prints the first seed that finds each bug, and how it fails. A bug
that ends the simulator itself, or keeps it in one event without end, is found too: it "crashed", or it
"hangs". Exit status 1 if one is not found.
"""

import argparse
import dataclasses
import datetime
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# Of a core's time, so that a busy machine makes nothing hang; 10,000 sound seeds take half a minute.
HUNT_SECONDS = 600


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One bug: what it is, and the text that it changes."""
    name: str
    file: str
    text: str
    planted: str


MUTANTS = [
    Mutant("a retry gets a new sequence", "src/kafka/produce_queue.cc",
           "  batch.in_flight = false;\n",
           "  batch.in_flight = false;\n  batch.sequence = -1;\n"),
    Mutant("a batch behind one that came back is sent at once", "src/kafka/produce_queue.cc",
           "const bool held_back = rewinding_ || (in_flight_ > 0 && !proven_) ||",
           "const bool held_back = (in_flight_ > 0 && !proven_) ||"),
    Mutant("a retry is sent with a new producer id", "src/kafka/producer.cc",
           "  queue.give_back(batch, context_.loop.now() + context_.options.retry_backoff);\n",
           "  queue.give_back(batch, context_.loop.now() + context_.options.retry_backoff);\n"
           "  identity_state_ = IdentityState::kSpent;\n"),
    Mutant("an answer that leaves a batch out acknowledges it", "src/kafka/producer.cc",
           "    on_lost(node, sent, answer.error());\n",
           "    for (const auto& [queue, batch] : sent) acknowledge(*queue, *batch, Offset{0});\n"),
    Mutant("a stale leader is kept by the producer", "src/kafka/producer.cc",
           "  metadata_.refresh();\n  new_trouble_ = error;\n", "  new_trouble_ = error;\n"),
    Mutant("a commit goes out before the acknowledgement", "src/stream/batch_queue.cc",
           "    if (!batch->run->over()) break;\n", "    if (!batch->run->ran()) break;\n"),
    Mutant("batches commit out of order", "src/stream/batch_queue.cc",
           "    if (!batch->run->over()) break;\n", "    if (!batch->run->over()) continue;\n"),
    Mutant("a stale leader is kept by the fetcher", "src/kafka/fetcher.cc",
           "    partition.not_before = context_.loop.now() + context_.options.retry_backoff;\n"
           "    metadata_.refresh();\n",
           "    partition.not_before = context_.loop.now() + context_.options.retry_backoff;\n"),
    Mutant("the committed offset is one too far", "src/kafka/offset_store.cc",
           "stored.position.offset.value, stored.position.epoch,",
           "stored.position.offset.value + 1, stored.position.epoch,"),
    Mutant("heartbeats end after the first", "src/kafka/group_member_life.cc",
           "  beat_at(std::max(now, sent + heartbeat_interval()));\n",
           "  if (reaction != Reaction::kGoOn) beat_at(std::max(now, sent + heartbeat_interval()));\n"),
    Mutant("a heartbeat that tells of a rebalance is not heeded", "src/kafka/group_member_life.cc",
           "    if (state_ == State::kStable) rebalance();\n    return;\n", "    return;\n"),
    Mutant("partitions are given up while work is under way", "src/kafka/source_partitions.cc",
           "    if (!assignments_.is_letting_go(i)) inputs_[i]->gone();\n", "    inputs_[i]->gone();\n"),
    Mutant("partitions that were given up are read on", "src/kafka/ownership.cc",
           "  owner_.let_go(partitions);\n", "  gone();\n"),
    Mutant("what was lost is committed by its next owner's generation", "src/kafka/source_partitions.cc",
           "  assignments_.lose(input);\n", ""),
    Mutant("a member goes on without joining when it has lost its group",
           "src/kafka/group_member_life.cc", "  if (state_ != State::kJoining) join();\n", ""),
    Mutant("a member that cooperates does not say what it has", "src/kafka/group_member.cc",
           "  told_ = owned_;\n", "  told_.clear();\n"),
    Mutant("a leader gives what another member still has", "src/kafka/sticky_assignor.cc",
           "    return claim->second.all == std::set<Member>{member};\n", "    return true;\n"),
    Mutant("a member that gave partitions up does not join again", "src/kafka/group_member_life.cc",
           "    owns_ = cooperates();\n    join();\n",
           "    owns_ = cooperates();\n    if (!cooperates()) return join();\n"
           "    revoke_timer_.cancel();\n    state_ = State::kStable;\n"),
    Mutant("a commit that a rebalance refused is not made again", "src/kafka/group_member_life.cc",
           "  if (!alive.expired() && owns_ && cooperates()) return std::nullopt;\n", ""),
    Mutant("what was restored is not undone with the first batch", "include/weir/keyed_state.h",
           "    for (auto& [key, slot] : map_) slot.saved_in = {};\n", ""),
    Mutant("a commit is made again by whoever joined anew", "src/kafka/group_input.cc",
           "  generation_.reset();\n", ""),
    Mutant("a coordinator that has moved is not looked for", "src/kafka/coordinator.cc",
           "void Coordinator::forget() {\n", "void Coordinator::forget() {\n  if (found_) return;\n"),
    Mutant("the first record of each answer is skipped", "src/kafka/source_reader.cc",
           "    if (view.offset < slice_.from.value ||",
           "    if (view.offset <= slice_.from.value ||"),
    Mutant("committed offsets are not heeded at the start", "src/kafka/start_finder.cc",
           "    for (const auto& [partition, offset] : *stored) known[partition] = offset.position;\n",
           ""),
    Mutant("the broker takes a batch twice", "src/broker/producer_sequences.cc",
           "      return {0, known.base_offset, known.max_timestamp};\n", "      return {};\n"),
    Mutant("the broker takes a batch behind a gap", "src/broker/producer_sequences.cc",
           "  if (batch.base_sequence == expected) return {};\n",
           "  if (batch.base_sequence >= expected) return {};\n"),
    Mutant("the next leader knows no producers", "src/broker/node.cc",
           "  if (partition->followers) partition->followers->change_leader();\n",
           "  if (partition->followers) partition->followers->change_leader();\n"
           "  partition->producers = ProducerSequences(10'000);\n"),
    Mutant("the broker takes commits of any generation", "src/broker/group.cc",
           "  if (generation != generation_) return code::kIllegalGeneration;\n"
           "  if (state_ == GroupState::kCompletingRebalance)",
           "  if (state_ == GroupState::kCompletingRebalance)"),
    Mutant("the broker gives a member what the leader has", "src/broker/group.cc",
           "    if (GroupMember* member = find(given.member_id)) "
           "member->assignment = given.assignment.view;\n",
           "    if (GroupMember* member = find(given.member_id)) "
           "member->assignment = request.assignments.front().assignment.view;\n"),
    Mutant("the broker never misses a member", "src/broker/group.cc",
           "  remove_member(std::string(member_id));\n}\n\nGroupMember* Group::find",
           "}\n\nGroupMember* Group::find"),
    Mutant("a batch is acknowledged before it is replicated", "src/broker/handlers/produce.cc",
           "    if (wants_all_ && found.partition->high_watermark() < end) {\n",
           "    if (false) {\n"),
    Mutant("a batch that comes again is acknowledged before it is replicated",
           "src/broker/handlers/produce.cc",
           "    if (wants_all_ && found.partition->high_watermark() < end) {\n",
           "    if (!verdict.duplicate_of && wants_all_ && "
           "found.partition->high_watermark() < end) {\n"),
    Mutant("fetches go beyond the high watermark", "src/broker/handlers/fetch.cc",
           "    if (end < log.end()) slice.bytes = batches_before(end, slice.bytes);\n", ""),
    Mutant("a restart forgets sequences", "src/broker/node.cc",
           "  WEIR_RETURN_IF_ERROR(partition->recover(start, enough));\n",
           "  WEIR_RETURN_IF_ERROR(partition->recover(start, enough));\n"
           "  partition->producers = ProducerSequences(10'000);\n"),
    Mutant("committed offsets are not kept over a restart", "src/broker/cluster.cc",
           "    WEIR_RETURN_IF_ERROR(save(changes));\n  }\n  CommittedOffsets& offsets",
           "  }\n  CommittedOffsets& offsets"),
    Mutant("a batch is acknowledged before it is synced", "src/broker/append_file.cc",
           "  return sync_ ? file_->sync() : Result<void>();\n", "  return {};\n"),
    Mutant("the names of new segments are not synced", "src/broker/segment_files.cc",
           "  if (sync_) WEIR_RETURN_IF_ERROR(sync_names());\n", ""),
    Mutant("the broker acknowledges and drops the first batch after a leader moved",
           "src/broker/handlers/produce.cc",
           "    WEIR_ASSIGN_OR_RETURN(const Offset base, call_.node.append(topic, partition, batch));\n",
           "    answer.base_offset = partition.log.end().value;\n"
           "    if (partition.leader_epoch > 0 && batch.header.base_sequence == 0) return {};\n"
           "    WEIR_ASSIGN_OR_RETURN(const Offset base, call_.node.append(topic, partition, batch));\n"),
    # Exactly once.
    Mutant("the next batch writes before this one has written", "src/kafka/transactions.cc",
           "    if (!slot.written) return;\n", ""),
    Mutant("the older protocol goes on in the epoch of a lost call", "src/kafka/transactional_id.cc",
           "  if (!identity_.adds_itself) needs_new_epoch_ = true;\n", ""),
    Mutant("half of a batch that was too large is in no transaction", "src/kafka/producer.cc",
           "    if (in_transactions()) wire::set_transactional(half);\n", ""),
    Mutant("offsets are committed as nobody in particular", "src/kafka/transaction_offsets.cc",
           "  request.generation_id_or_member_epoch = as.id;\n  request.member_id = as.member_id;\n",
           "  (void)as;\n"),
    Mutant("what was given up is not read again", "src/stream/driver_recovery.cc",
           "  for (const auto& source : setup_.graph->sources()) source->rewind();\n", ""),
    Mutant("a transaction of which nobody knows counts as committed", "src/kafka/transactions.cc",
           "    outcome.ok() ? over() : host_->on_doomed(outcome.error());\n",
           "    (void)outcome, (void)this, over();\n"),
    Mutant("a transaction ends before all positions are in", "src/stream/batch_queue.cc",
           "  const bool all_in = commit_result_.ok() && batch->commits_left == 1;\n",
           "  const bool all_in = commit_result_.ok();\n"),
    Mutant("what was written for a transaction that was given up is sent", "src/kafka/transactions.cc",
           "  writers_.post_to_all([](TransactionWriter& writer) { writer.abandon(); });\n", ""),
    Mutant("a process begins to count anew", "src/stream/driver.cc",
           "  if (transactions_) accumulators_.restore(transactions_->kept());\n", ""),
    Mutant("a batch that was committed after all does not count", "src/stream/driver_recovery.cc",
           "  accumulators_.restore(transactions_->kept());\n  for", "  for"),
    Mutant("the epoch of an end's answer is not taken", "src/kafka/transactional_id.cc",
           "  if (id >= 0) identity_.producer = {id, epoch};\n", "  (void)epoch;\n"),
    Mutant("partitions that are another's now are committed", "src/kafka/source_transactions.cc",
           "  if (!lost_of(slices).empty()) {\n", "  if (slices.empty()) {\n"),
]


def main() -> int:
    options = parse_options()
    if options.check:
        for mutant in MUTANTS:
            sound_text(REPOSITORY, mutant)
        return 0
    chosen = [one for one in MUTANTS if not options.only or options.only in one.name]
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="weir-mutants-"))
    lines, missed = [], 0
    try:
        tree = copy_tree(scratch / "tree")
        for mutant in chosen:
            found, line = hunt(tree, mutant, options.seeds)
            missed += not found
            lines.append(line)
            print(line, flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    lines.append(f"{len(chosen) - missed} passed, {missed} failed")
    print(lines[-1])
    if options.results:
        head = (f"tests/sim/mutants.py --seeds {options.seeds}   "
                f"({datetime.date.today()}, commit {commit()})")
        options.results.write_text("\n".join([head, *lines]) + "\n")
    return 1 if missed else 0


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--only", help="mutants whose name contains this")
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--check", action="store_true", help="only that each bug still has its place")
    return parser.parse_args()


def commit() -> str:
    return subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, text=True,
                          capture_output=True, check=True).stdout.strip()


def copy_tree(tree: pathlib.Path) -> pathlib.Path:
    """Copies what git tracks, as it stands, and builds the simulator in it once."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, check=True,
                           capture_output=True).stdout.decode().split("\0")
    for name in filter(None, files):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / name).exists():
            shutil.copy2(REPOSITORY / name, target)
    subprocess.run(["cmake", "--preset", "dev", "-DWEIR_REPOSITORY_CHECKS=OFF"], cwd=tree,
                   check=True, stdout=subprocess.DEVNULL)
    build(tree)
    return tree


def build(tree: pathlib.Path) -> None:
    environment = dict(os.environ, CCACHE_BASEDIR=str(tree), CCACHE_NOHASHDIR="1")
    done = subprocess.run(["cmake", "--build", "--preset", "dev", "--target", "weir_sim"], cwd=tree,
                          env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-3000:])


def hunt(tree: pathlib.Path, mutant: Mutant, seeds: int) -> tuple[bool, str]:
    """Plants a bug, hunts it and takes it out again."""
    file = tree / mutant.file
    sound = sound_text(tree, mutant)
    file.write_text(sound.replace(mutant.text, mutant.planted))
    try:
        build(tree)
        begin = time.monotonic()
        done = subprocess.run([tree / "build/dev/tests/sim/weir_sim", "--seeds", str(seeds)],
                              capture_output=True, text=True, check=False,
                              preexec_fn=limit_time)
        return told(mutant, done, time.monotonic() - begin)
    finally:
        file.write_text(sound)


def sound_text(tree: pathlib.Path, mutant: Mutant) -> str:
    """Returns what the mutant's file says; fails where the bug has no place in it."""
    text = (tree / mutant.file).read_text()
    if text.count(mutant.text) != 1:
        raise RuntimeError(f"{mutant.file} has the text of '{mutant.name}' "
                           f"{text.count(mutant.text)} times instead of once")
    return text


def limit_time() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (HUNT_SECONDS, HUNT_SECONDS + 1))


def told(mutant: Mutant, done, seconds: float) -> tuple[bool, str]:
    if done.returncode == 0:
        return False, f"NOT FOUND  {mutant.name}"
    seed = re.search(r"seed (\d+) breaks a promise: (.*)", done.stdout)
    if seed is None and done.returncode == -signal.SIGXCPU:  # The simulator counts events only.
        return True, f"hangs      {mutant.name}: an event has not ended after {HUNT_SECONDS} s"
    if seed is None:  # Ended by a broken invariant of the code itself.
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return True, f"crashed    {mutant.name}: {last[:150]}"
    return True, f"seed {seed[1]:>5} {seconds:5.1f} s  {mutant.name}: {seed[2][:150]}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"mutants: {error}")
