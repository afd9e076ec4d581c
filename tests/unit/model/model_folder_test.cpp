#include "model/model_folder.hpp"

#include "made_labels.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <sys/resource.h>

namespace chasqui::model {
namespace {

namespace fs = std::filesystem;

class ModelFolderTest : public testing::Test {
 protected:
  ModelFolderTest() {
    const auto labels = made_labels(3, 6);
    TrainOptions options{.folds = 2};
    const auto training = train(labels, options);
    const auto evaluation = evaluate(labels, training.out_of_fold);
    save_model(folder_, training, labels, {std::string(64, 'a'), evaluation, evaluation, options});
    predicted_ = training.predictor.predict(std::vector{feature_row(labels[0].segment, labels[0].candidate)})[0];
    asked_ = feature_row(labels[0].segment, labels[0].candidate);
  }

  [[nodiscard]] std::string text(const char* name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void replace(const char* name, const std::string& text) const { std::ofstream(folder_ / name) << text; }

  chasqui::test::TemporaryFolder temporary_;
  const fs::path models_ = temporary_.path();
  const fs::path folder_ = models_ / "small";
  Prediction predicted_;
  Row asked_{};
};

TEST_F(ModelFolderTest, ComesBackAsItWas) {
  const auto loaded = load_model(folder_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto again = loaded->predictor.predict(std::vector{asked_})[0];
  EXPECT_EQ(again.worst_mos, predicted_.worst_mos);
  EXPECT_EQ(again.actual_kbps, predicted_.actual_kbps);
  EXPECT_EQ(loaded->facts.name, "small");
  EXPECT_EQ(loaded->facts.recordings, 3U);
  EXPECT_THAT(text("training-data.csv"), testing::HasSubstr("\"voice, \"\"0\"\".wav\""));
  EXPECT_THAT(text("card.md"), testing::HasSubstr("| CC0 | 216 |"));
  EXPECT_THAT(list_models(models_), testing::ElementsAre("small"));
}

TEST(ModelFolder, IsNotLeftBehindEmpty) {
  const chasqui::test::TemporaryFolder temporary;
  const auto labels = made_labels(3, 6);
  const TrainOptions options{.folds = 2};
  const auto training = train(labels, options);
  const auto evaluation = evaluate(labels, training.out_of_fold);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit full{100, before.rlim_max};  // bytes in a file, as on a disk without room
  ::setrlimit(RLIMIT_FSIZE, &full);
  EXPECT_THROW(save_model(temporary.path() / "new/er", training, labels, {"", evaluation, evaluation, options}),
               Failure);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(fs::exists(temporary.path() / "new"));
}

TEST_F(ModelFolderTest, NoticesWhatIsNotAsWritten) {
  const std::string facts = text("model.json");
  const std::string version = fmt::format("\"row_version\":{}", row_version);
  const auto changed = [](std::string where, const std::string& what, const std::string& with) {
    return where.replace(where.find(what), what.size(), with);
  };
  ASSERT_NE(facts.find(version), std::string::npos);
  struct Case {
    const char* file;
    std::string text;
    Errc code;
  };
  for (const auto& [file, bad, code] :
       {Case{"mos.json", text("mos.json") + " ", Errc::input_corrupt}, Case{"rate.json", "", Errc::input_corrupt},
        Case{"training-data.csv", "file\n", Errc::input_corrupt}, Case{"model.json", "{", Errc::input_corrupt},
        Case{"model.json", "[]", Errc::input_corrupt},
        Case{"model.json", changed(facts, version, "\"row_version\":1"), Errc::unavailable},
        Case{"model.json", changed(facts, "snr_db", "snr"), Errc::unavailable}}) {
    const std::string before = text(file);
    replace(file, bad);
    const auto loaded = load_model(folder_);
    ASSERT_FALSE(loaded) << file << ": " << bad.substr(0, 40);
    EXPECT_EQ(loaded.error().code, code) << loaded.error().message;
    EXPECT_THAT(loaded.error().message, testing::HasSubstr((folder_ / file).string()));
    replace(file, before);
  }
  fs::remove(folder_ / "mos.json");
  ASSERT_FALSE(load_model(folder_));
  EXPECT_EQ(load_model(folder_).error().code, Errc::input_missing);
  EXPECT_EQ(load_model(models_ / "other").error().code, Errc::input_missing);
}

}  // namespace
}  // namespace chasqui::model
