// Signs what stands on standard input with a library: LIBRARY SECRET MESSAGE SECONDS.
import { readFileSync } from "node:fs";

const [library, secret, message, seconds] = process.argv.slice(2);
const { Webhook } = await import(library);
console.log(new Webhook(secret).sign(message, new Date(Number(seconds) * 1000), readFileSync(0, "utf8")));
