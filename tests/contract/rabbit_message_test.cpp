// What goes along with a job's message, from the database to whoever gets it; on real servers.
#include "contract/real_servers.hpp"
#include "jobs/postgres_dead_letters.hpp"
#include "jobs/rabbit_relay.hpp"
#include "jobs/sql_repository.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace chasqui::jobs {
namespace {

using namespace std::chrono_literals;

class RabbitMessage : public testing::TestWithParam<std::string> {};

TEST_P(RabbitMessage, CarriesTheIdOfTheRequest) {
  BrokerSettings settings;
  settings.addresses = parse_amqp_addresses(GetParam());
  settings.prefix = "t" + core::random_hex(6);
  const test::PostgresSchema schema;
  migrate(schema.settings());
  PostgresDatabase database(schema.settings());
  SqlRepository repository(database);
  PostgresDeadLetters letters(database);
  Bell bell;
  core::Log log("warning");
  const RabbitRelay relay(settings, {database, letters, bell, core::system_clock(), log});
  Job job;
  job.id = core::new_id(core::system_clock()());
  job.request = "escuela-12.7";
  Submission submission;
  submission.job = job;
  ASSERT_TRUE(repository.submit(submission));
  AmqpConnection connection(settings, settings.addresses.front());
  const RabbitTopology topology(settings);
  topology.declare(connection);
  std::optional<AmqpConnection::Message> message;
  for (const auto until = std::chrono::steady_clock::now() + 30s; !message;) {
    ASSERT_LT(std::chrono::steady_clock::now(), until) << "the relay forwards nothing";
    message = connection.get(topology.work_queue(RabbitTopology::class_of(0)));
    if (!message) std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(message->body, job.id);
  EXPECT_EQ(message->correlation_id, job.request);
  connection.acknowledge(message->tag);
}

// Without a server, as in the units; tests/cluster starts one.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RabbitMessage);
INSTANTIATE_TEST_SUITE_P(Server, RabbitMessage, testing::ValuesIn([] {
                           return test::broker_addresses().empty() ? std::vector<std::string>{}
                                                                   : std::vector<std::string>{test::broker_addresses()};
                         }()));

}  // namespace
}  // namespace chasqui::jobs
