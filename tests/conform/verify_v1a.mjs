// Reads JSON lines {"secret", "headers", "body" in base64}, where the secret is a public key (whpk_…), and answers each
// with "accepted" or the reason. The libraries for node know v1 only, so this is node's own cryptography by the published
// rules: ed25519 over id.timestamp.body, base64 behind "v1a,", five minutes either way.
import { createPublicKey, verify } from "node:crypto";
import { createInterface } from "node:readline";

const TOLERANCE_SECONDS = 300;
// What stands in front of the 32 bytes of a key in SubjectPublicKeyInfo (RFC 8410).
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

function judged({ secret, headers, body, now }) {
  const at = headers["webhook-timestamp"];
  if (Math.abs((now ?? Date.now() / 1000) - Number(at)) > TOLERANCE_SECONDS) return "refused: it is too old or too new";
  const raw = Buffer.from(secret.replace(/^whpk_/, ""), "base64");
  const key = createPublicKey({ key: Buffer.concat([SPKI, raw]), format: "der", type: "spki" });
  const content = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${at}.`), Buffer.from(body, "base64")]);
  const fits = headers["webhook-signature"].split(" ").some((one) => {
    const [version, signature] = one.split(",");
    return version === "v1a" && verify(null, content, key, Buffer.from(signature, "base64"));
  });
  return fits ? "accepted" : "refused: no signature fits";
}

for await (const line of createInterface({ input: process.stdin })) console.log(judged(JSON.parse(line)));
