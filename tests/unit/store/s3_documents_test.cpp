#include "store/s3_documents.hpp"

#include "store/s3_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chasqui::store {
namespace {

using testing::HasSubstr;

TEST(S3List, IsRead) {
  const auto page = parse_list(
      R"(<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>
      <Contents><Key>a&amp;b</Key><LastModified>2026-03-01T12:00:00.000Z</LastModified><Size>5000000000</Size></Contents>
      <Contents><Key>c</Key></Contents><NextContinuationToken>t==</NextContinuationToken></ListBucketResult>)");
  ASSERT_EQ(page.objects.size(), 2U);
  EXPECT_EQ(page.objects[0].key, "a&b");
  EXPECT_EQ(page.objects[0].bytes, 5'000'000'000U);
  EXPECT_EQ(core::timestamp(page.objects[0].modified), "2026-03-01T12:00:00.000Z");
  EXPECT_EQ(page.next, "t==");
}

TEST(S3Documents, WhatIsNoneIsRefused) {
  for (const auto* body : {"", "<", "<html></html>", "{}", "<ListBucketResult"}) {
    EXPECT_THROW(parse_list(body), Failure) << body;
    EXPECT_THROW(parse_uploads(body), Failure) << body;
    EXPECT_THROW(parse_upload_id(body), Failure) << body;
    EXPECT_THROW(check_completed(body), Failure) << body;
  }
  EXPECT_THROW(check_completed("<Error><Code>InternalError</Code></Error>"), Failure);
}

TEST(S3Uploads, AreRead) {
  const auto page = parse_uploads(
      "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u</UploadId>"
      "<Initiated>2026-03-01T12:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>");
  ASSERT_EQ(page.uploads.size(), 1U);
  EXPECT_EQ(page.uploads[0].key + page.uploads[0].id, "ku");
  EXPECT_EQ(core::timestamp(page.uploads[0].begun), "2026-03-01T12:00:00.000Z");
}

TEST(S3Completion, NamesThePieces) {
  EXPECT_EQ(
      completion({{1, "\"e\"", "s="}}),
      "<?xml version=\"1.0\"?><CompleteMultipartUpload><Part><ChecksumSHA256>s=</ChecksumSHA256><ETag>\"e\"</ETag>"
      "<PartNumber>1</PartNumber></Part></CompleteMultipartUpload>");
}

TEST(S3Refusal, NamesTheSettingThatIsWrong) {
  S3Settings settings;
  settings.endpoint = "https://s3.example.org";
  settings.bucket = "lessons";
  struct Row {
    long status;
    const char* body;
    Errc code;
    const char* words;
  };
  const auto rows = {
      Row{404, "<Error><Code>NoSuchBucket</Code></Error>", Errc::config,
          "no bucket 'lessons' at https://s3.example.org"},
      Row{403, "<Error><Code>InvalidAccessKeyId</Code></Error>", Errc::config, "s3.access_key_file"},
      Row{403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", Errc::config, "s3.secret_key_file"},
      Row{403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", Errc::config, "clocks"},
      Row{403, "<Error><Code>AccessDenied</Code></Error>", Errc::config, "may not do this"},
      Row{400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>sa-east-1</Region></Error>", Errc::config,
          "set s3.region to it"},
      Row{301, "<Error><Code>PermanentRedirect</Code></Error>", Errc::config, "s3.endpoint"},
      Row{400, "<Error><Code>ExpiredToken</Code></Error>", Errc::config, "expired"},
      Row{403, "", Errc::config, "403"},
      Row{404, "<Error><Code>NoSuchKey</Code></Error>", Errc::not_found, "GET lessons/k"},
      Row{503, "<Error><Code>SlowDown</Code><Message>a\nb</Message></Error>", Errc::busy, "SlowDown: a b"},
      Row{400, "<html>", Errc::internal, "400"},
  };
  for (const auto& row : rows) {
    const auto error = refusal(settings, "GET", "k", {row.status, {}, row.body});
    EXPECT_EQ(error.code, row.code) << row.body;
    EXPECT_THAT(error.message, HasSubstr(row.words));
    EXPECT_EQ(error.message.find('\n'), std::string::npos);
  }
  EXPECT_THAT(refusal(settings, "HEAD", "k", {301, {{"x-amz-bucket-region", "sa-east-1"}}, ""}).message,
              HasSubstr("in the region sa-east-1; set s3.region"));
}

}  // namespace
}  // namespace chasqui::store
