// SPDX-License-Identifier: MIT
//
// The vendor's published clients, as a program would use them: with an endpoint and a key, and nothing else changed.
import OpenApi from '@alicloud/openapi-client'
import OpenApiCore from '@alicloud/openapi-core'
import Pop from '@alicloud/pop-core'
import TeaUtil from '@alicloud/tea-util'
import Dara from '@darabonba/typescript'
import { VERSION } from './door.mjs'

// What the generated package passes to the common client: Generate with a form, Get with a query.
const isGet = action => action.startsWith('Get') || action.startsWith('List')

function common({ Params, Request, Client, Config, Runtime }, address, key, more) {
  const client = new Client(new Config({
    accessKeyId: key.id, accessKeySecret: key.secret, securityToken: key.token, endpoint: address, protocol: 'HTTP', ...more,
  }))
  return async (action, parameters) => {
    const params = new Params({
      action, version: VERSION, protocol: 'HTTP', pathname: '/', method: isGet(action) ? 'GET' : 'POST', authType: 'AK',
      style: 'RPC', reqBodyType: 'formData', bodyType: 'json',
    })
    const request = new Request(isGet(action) ? { query: parameters } : { body: parameters })
    const answer = await client.callApi(params, request, new Runtime({}))
    return answer.body
  }
}

const openApi = (address, key, more) => common({
  Params: OpenApi.Params, Request: OpenApi.OpenApiRequest, Client: OpenApi.default, Config: OpenApi.Config, Runtime: TeaUtil.RuntimeOptions,
}, address, key, more)

const core = (address, key, more) => common({
  Params: OpenApiCore.$OpenApiUtil.Params, Request: OpenApiCore.$OpenApiUtil.OpenApiRequest, Client: OpenApiCore.default,
  Config: OpenApiCore.$OpenApiUtil.Config, Runtime: Dara.RuntimeOptions,
}, address, key, more)

function pop(address, key, method) {
  const client = new Pop.RPCClient({
    accessKeyId: key.id, accessKeySecret: key.secret, securityToken: key.token, endpoint: `http://${address}`, apiVersion: VERSION,
  })
  return (action, parameters) => client.request(action, parameters, { method })
}

export const CLIENTS = {
  'openapi-client, v3': openApi,
  'openapi-client, v1': (address, key) => openApi(address, key, { signatureAlgorithm: 'v2' }),
  'openapi-core, v3': core,
  'openapi-core, v1': (address, key) => core(address, key, { signatureAlgorithm: 'v2' }),
  'pop-core, POST': (address, key) => pop(address, key, 'POST'),
  'pop-core, GET': (address, key) => pop(address, key, 'GET'),
}
