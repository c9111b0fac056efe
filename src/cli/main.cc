// The `weir` tool: reads the command line and hands over to a command.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/nearest_name.h"
#include "cli/broker_command.h"
#include "cli/version.h"

namespace weir::cli {
namespace {

constexpr int kUsageError = 2;

/// `NAME` or `NAME:PARTITIONS`.
broker::TopicOptions parse_topic(const std::string& text, std::int32_t default_partitions) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, default_partitions};
  std::int32_t partitions = 0;
  if (!CLI::detail::lexical_cast(text.substr(colon + 1), partitions) || partitions < 1) {
    throw CLI::ValidationError("--topic", "'" + text + "' is not NAME:PARTITIONS");
  }
  return {text.substr(0, colon), partitions};
}

/// The options of `weir broker` as they are typed.
struct BrokerArguments {
  broker::BrokerOptions options;
  std::uint64_t retention_bytes = 0;
  std::uint64_t memory_bytes = to_uint(broker::BrokerOptions().memory_bytes);
  bool no_auto_create = false;
  std::vector<std::string> topics;
  std::vector<std::string> faults;

  void add_to(CLI::App& command) {
    command.add_option("--port", options.port, "Port to listen on; 0 takes a free one")
        ->default_val(9092);
    command.add_option("--host", options.host, "Local address to listen on")
        ->default_val(options.host);
    command
        .add_option("--partitions", options.default_partitions,
                    "Partitions of topics that are created without a number")
        ->check(CLI::Range(1, 100000))
        ->default_val(1);
    command.add_option("--topic", topics, "Topic to create at start, NAME or NAME:PARTITIONS");
    command.add_option("--fault", faults,
                       "Something to go wrong, such as 'Produce error NOT_LEADER_OR_FOLLOWER times "
                       "3 after 10', 'Fetch delay 250ms', '* lose', 'JoinGroup lose_answer'");
    command.add_option(
        "--data", options.data,
        "Directory to keep everything in, so that it survives the process; in memory "
        "alone if not given");
    command
        .add_option("--transaction-version", options.transaction_version,
                    "Version of the transaction protocol that clients are told to use")
        ->check(CLI::Range(0, 2))
        ->capture_default_str();
    command.add_flag("--sync", options.sync,
                     "With --data: let what is acknowledged survive a loss of power too; slow");
    command.add_flag("--no-auto-create", no_auto_create, "Do not create topics on first use");
    command
        .add_option("--retention-bytes", retention_bytes,
                    "Memory for each partition before its oldest records go, such as 64MiB")
        ->transform(CLI::AsSizeValue(false));
    command
        .add_option("--memory-bytes", memory_bytes,
                    "Memory for all records before the oldest go; 1GiB if not given")
        ->transform(CLI::AsSizeValue(false));
  }

  broker::BrokerOptions complete() {
    options.retention_bytes = ByteCount{retention_bytes};
    options.memory_bytes = ByteCount{memory_bytes};
    options.auto_create_topics = !no_auto_create;
    for (const std::string& text : faults) {
      auto fault = broker::parse_fault(text);
      if (!fault.ok()) throw CLI::ValidationError("--fault", fault.error().message());
      options.faults.push_back(std::move(*fault));
    }
    for (const std::string& topic : topics) {
      options.topics.push_back(parse_topic(topic, options.default_partitions));
    }
    return options;
  }
};

std::string suggestion_for(const CLI::App& app, const std::string& unknown) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  const auto parsed = app.get_subcommands();
  const CLI::App& asked = parsed.empty() ? app : *parsed.front();
  for (const CLI::Option* option : asked.get_options()) names.push_back(option->get_name());
  const std::string typed = unknown.substr(0, unknown.find('='));
  const std::vector<std::string_view> views(names.begin(), names.end());
  return did_you_mean(typed, views);
}

int report_unknown(const CLI::App& app) {
  const auto unknown = app.remaining(true);
  const std::string first = unknown.empty() ? "" : unknown.front();
  const bool is_option = first.rfind('-', 0) == 0;
  std::fprintf(stderr, "weir: there is no %s '%s'%s\nRun 'weir --help' for what there is.\n",
               is_option ? "option" : "command", first.c_str(), suggestion_for(app, first).c_str());
  return kUsageError;
}

int run(int argc, char** argv) {
  CLI::App app("Stream processing on Apache Kafka in small batches.", "weir");
  app.set_version_flag("--version", std::string("weir ") + kVersion);
  CLI::App* broker_command =
      app.add_subcommand("broker", "Run a Kafka broker on this machine, for demos and tests");
  BrokerArguments arguments;
  arguments.add_to(*broker_command);
  try {
    app.parse(argc, argv);
    if (broker_command->parsed()) return run_broker(arguments.complete());
    std::printf("%s", app.help().c_str());
    return 0;
  } catch (const CLI::ExtrasError&) {
    return report_unknown(app);
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "weir: %s\n", error.what());
    return kUsageError;
  }
}

}  // namespace
}  // namespace weir::cli

int main(int argc, char** argv) { return weir::cli::run(argc, argv); }
