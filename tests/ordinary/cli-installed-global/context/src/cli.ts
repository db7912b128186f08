#!/usr/bin/env node
import { program } from 'commander';
import { render } from './render';
program.option('-t, --template <name>', 'template', 'default').action(async (o) => console.log(await render(o.template)));
program.parse();
