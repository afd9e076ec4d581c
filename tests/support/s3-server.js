// tools/node tests/support/s3-server.js FOLDER PORT BUCKET: an S3 server that verifies signatures, on 127.0.0.1 and with
// its bucket also at BUCKET.s3.localhost. Says `listening PORT`; the access key and its secret are both S3RVER.
'use strict';

// s3rver 4.0 checks signatures of queries with this; SigV4 wants RFC 3986, which encodes these five too.
const encode = encodeURIComponent;
global.encodeURIComponent = (text) =>
  encode(text).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());

const S3rver = require('@20minutes/s3rver');

const [directory, port, bucket] = process.argv.slice(2);
new S3rver({
  directory,
  port: Number(port),
  address: '127.0.0.1',
  silent: true,
  serviceEndpoint: 'localhost',
  configureBuckets: [{ name: bucket, configs: [] }],
})
  .run()
  .then((listening) => console.log(`listening ${listening.port}`));
