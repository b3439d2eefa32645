import { createRequire } from 'node:module'
import express from 'express'
import Koa from 'koa'
import { describe, it } from 'vitest'
import { adapterSuite } from '../../src/testing/adapter-suite.ts'
import { serveExpress } from './bindings/express.ts'
import { serveKoa } from './bindings/koa.ts'
import { serveHttp2, serveNode } from './bindings/node.ts'
import { servePolka } from './bindings/polka.ts'

const older = createRequire(import.meta.url)
const express4 = older('express4') as typeof express
const Koa2 = older('koa2') as typeof Koa

adapterSuite({ describe, it, name: 'holdfast/koa on Koa 3', serve: serveKoa(Koa) })
adapterSuite({ describe, it, name: 'holdfast/koa on Koa 2', serve: serveKoa(Koa2) })
adapterSuite({ describe, it, name: 'holdfast/express on Express 5', serve: serveExpress(express) })
adapterSuite({ describe, it, name: 'holdfast/express on Express 4', serve: serveExpress(express4) })
adapterSuite({ describe, it, name: 'holdfast/express on Polka', serve: servePolka })
adapterSuite({ describe, it, name: 'holdfast/node on http', serve: serveNode, errorHandler: false })
adapterSuite({
  describe,
  it,
  name: 'holdfast/node on http2',
  serve: serveHttp2,
  errorHandler: false,
  transport: 'http2',
})
