/**
 * `--open`: what is started, and what is said where nothing can be.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ECHO_BOT, folderWith, start } from "./child.ts";

Deno.test({
  name: "--open opens the page with the desktop's own program",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await folderWith({
      "bot.ts": ECHO_BOT,
      "xdg-open": '#!/bin/sh\necho "$1" > opened.tmp && mv opened.tmp opened\n',
    });
    await Deno.chmod(join(folder.path, "xdg-open"), 0o755);
    const changes = Deno.watchFs(folder.path);
    await using cli = await start([
      "bot.ts",
      "--port",
      "0",
      "--open",
      "--start-token",
      "a-token-of-24-characters",
    ], {
      cwd: folder.path,
      env: { DISPLAY: ":0", PATH: `${folder.path}:${Deno.env.get("PATH")}` },
    });

    const opened = join(folder.path, "opened");
    for await (const { paths } of changes) if (paths.includes(opened)) break;
    const address = await Deno.readTextFile(opened);
    cli.kill("SIGINT");
    const { stderr } = await cli.ended;

    // Every program of this machine can read what another one was started with.
    assert.equal(address, `${cli.url}/client/\n`);
    assert.equal(stderr, "");
  },
});

Deno.test({
  name: "--open says in one line why no browser comes",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await folderWith({ "bot.ts": ECHO_BOT });
    const said = async (env: Record<string, string>, permissions = ["-A"]) => {
      await using cli = await start(["bot.ts", "--port", "0", "--open"], {
        cwd: folder.path,
        env,
        permissions,
      });
      await cli.printed("No browser was opened");
      cli.kill("SIGINT");
      return (await cli.ended).stderr.replace(/^\S+ /gm, "");
    };
    const some = ["--allow-net", "--allow-env", "--allow-read", "--allow-sys"];

    assert.equal(await said({}), "warning No browser was opened: there is no display here\n");
    assert.equal(
      await said({ DISPLAY: ":0", PATH: folder.path }),
      "warning No browser was opened: there is no xdg-open\n",
    );
    assert.equal(
      await said({ DISPLAY: ":0" }, some),
      "warning No browser was opened: Deno may not start one without --allow-run\n",
    );
  },
});
