// Uploads a file by tus-js-client: tus_upload.mjs PACKAGE.JSON ENDPOINT FILE OPTIONS. Prints where its episode is.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const [packages, endpoint, file, options] = process.argv.slice(2);
const tus = createRequire(packages)('tus-js-client');
let episode = '';

const upload = new tus.Upload(readFileSync(file), {
  endpoint,
  retryDelays: Array(20).fill(50),
  metadata: {filename: 'leccion.wav', title: 'Las plantas'},
  onAfterResponse: (request, response) => { episode = response.getHeader('Chasqui-Episode') || episode; },
  onSuccess: () => console.log(episode),
  onError: error => { console.error(String(error)); process.exitCode = 1; },
  ...JSON.parse(options),
});
upload.start();
