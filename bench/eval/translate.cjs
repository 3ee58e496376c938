// SPDX-License-Identifier: MIT
// One source of truth: rules.json -> the language of each peer.
// Operators are the vendor's, plus StringMatches (regular expression; our extension).
// A path that selects nothing makes a positive operator false, a Not… operator and IsStringEmpty true.
// "true" / "false" as desired text means the boolean. Letter case is not folded here (the data never differs in case only).
const fs=require('fs'),path=require('path');
const rules=JSON.parse(fs.readFileSync(process.env.RULES||path.join(__dirname,'rules.json')));
(function whole(c){ if(Array.isArray(c)) c.forEach(r=>whole(r.cond)); else if(c.children) c.children.forEach(whole); else if(c.featureSource==='CONFIGURATION') c.featurePath='$.configuration'+c.featurePath.slice(1); })(rules); // paths as the peers see them: from the record's root
const lit=d=>d==='true'?true:d==='false'?false:d;
function segs(p){ // $.a.b[0].c -> ['a','b',0,'c']
  const out=[]; p.slice(1).replace(/\.([A-Za-z_]\w*)|\[(\d+)\]/g,(m,a,i)=>out.push(i!==undefined?+i:a)); return out; }
const S=JSON.stringify;
function tree(c,leaf,and,or){ return c.children? (c.operator==='and'?and:or)(c.children.map(k=>tree(k,leaf,and,or))) : leaf(c); }
const par=(op)=>(xs)=>'('+xs.join(op)+')';
const all=(leaf,and,or)=>rules.map(r=>tree(r.cond,leaf,par(and),par(or)));

// ---- JavaScript
function js(){ return all(c=>{ const v=segs(c.featurePath).reduce((a,s)=>a+'?.['+S(s)+']','r'),d=S(lit(c.desired));
  switch(c.operator){
   case 'StringEquals':case 'Equals':return `${v}===${d}`; case 'NotStringEquals':return `${v}!==${d}`;
   case 'StringIn':return `${d}.includes(${v})`; case 'StringContains':return `(${v}?.includes(${d})===true)`;
   case 'Greater':return `(${v}>${d})`; case 'GreaterOrEquals':return `(${v}>=${d})`; case 'LessOrEquals':return `(${v}<=${d})`;
   case 'IsNotStringEmpty':return `(${v}!==undefined&&${v}!=='')`; case 'IsStringEmpty':return `(${v}===undefined||${v}==='')`;
   case 'Contains':return `(${v}?.includes(${d})===true)`; case 'NotContains':return `!(${v}?.includes(${d})===true)`;
   case 'StringMatches':return `(typeof ${v}==='string'&&/${c.desired.replace(/\//g,'\\/')}/.test(${v}))`; }},'&&','||'); }
// ---- jq
function jq(){ return all(c=>{ const v=segs(c.featurePath).map(s=>typeof s==='number'?`[${s}]`:'.'+s).join(''),d=S(lit(c.desired));
  switch(c.operator){
   case 'StringEquals':case 'Equals':return `${v}==${d}`; case 'NotStringEquals':return `${v}!=${d}`;
   case 'StringIn':return `(${v} as $v|${d}|any(.[];.==$v))`; case 'StringContains':return `(${v}|type=="string" and contains(${d}))`;
   case 'Greater':return `(${v}|type=="number" and .>${d})`; case 'GreaterOrEquals':return `(${v}|type=="number" and .>=${d})`; case 'LessOrEquals':return `(${v}|type=="number" and .<=${d})`;
   case 'IsNotStringEmpty':return `(${v}|.!=null and .!="")`; case 'IsStringEmpty':return `(${v}|.==null or .=="")`;
   case 'Contains':return `(${v}|type=="array" and any(.[];.==${d}))`; case 'NotContains':return `(${v}|type=="array" and any(.[];.==${d})|not)`;
   case 'StringMatches':return `(${v}|type=="string" and test(${d}))`; }},' and ',' or '); }
function jqProgram(){ return `reduce inputs as $r ([range(${rules.length})|0]; . as $a | $r | [${jq().map((e,i)=>`$a[${i}]+(if ${e} then 1 else 0 end)`).join(',\n')}])`; }
// ---- JSONata
function jsonata(){ return all(c=>{ const v=segs(c.featurePath).map(s=>typeof s==='number'?`[${s}]`:'.'+s).join('').replace(/^\./,''),d=S(lit(c.desired));
  switch(c.operator){
   case 'StringEquals':case 'Equals':return `${v}=${d}`; case 'NotStringEquals':return `$not(${v}=${d})`;
   case 'StringIn':return `${v} in ${d}`; case 'StringContains':return `($exists(${v}) and $contains(${v},${d}))`;
   case 'Greater':return `${v}>${d}`; case 'GreaterOrEquals':return `${v}>=${d}`; case 'LessOrEquals':return `${v}<=${d}`;
   case 'IsNotStringEmpty':return `($exists(${v}) and ${v}!="")`; case 'IsStringEmpty':return `($not($exists(${v})) or ${v}="")`;
   case 'Contains':return `${d} in ${v}`; case 'NotContains':return `$not(${d} in ${v})`;
   case 'StringMatches':return `($exists(${v}) and $contains(${v},/${c.desired.replace(/\//g,'\\/')}/))`; }},' and ',' or '); }
// ---- CEL
function cel(){ return all(c=>{ const sg=segs(c.featurePath); const v='r'+sg.map(s=>typeof s==='number'?`[${s}]`:'.'+s).join('');
  const d=typeof c.desired==='number'?c.desired.toFixed(1):S(lit(c.desired)); const ix=sg.findIndex(x=>typeof x==='number'); const h='has(r.'+(ix<0?sg:sg.slice(0,ix)).join('.')+')';
  switch(c.operator){
   case 'StringEquals':case 'Equals':return `(${h}&&${v}==${d})`; case 'NotStringEquals':return `!(${h}&&${v}==${d})`;
   case 'StringIn':return `(${h}&&${v} in ${d})`; case 'StringContains':return `(${h}&&${v}.contains(${d}))`;
   case 'Greater':return `(${h}&&${v}>${d})`; case 'GreaterOrEquals':return `(${h}&&${v}>=${d})`; case 'LessOrEquals':return `(${h}&&${v}<=${d})`;
   case 'IsNotStringEmpty':return `(${h}&&${v}!="")`; case 'IsStringEmpty':return `!(${h}&&${v}!="")`;
   case 'Contains':return `(${h}&&${d} in ${v})`; case 'NotContains':return `!(${h}&&${d} in ${v})`;
   case 'StringMatches':return `(${h}&&${v}.matches(${d}))`; }},'&&','||'); }
// ---- ZEN (GoRules)
function zen(){ return all(c=>{ const v=segs(c.featurePath).map(s=>typeof s==='number'?`[${s}]`:'.'+s).join('').replace(/^\./,''); const q=x=>typeof x==='string'?"'"+x+"'":Array.isArray(x)?'['+x.map(q).join(',')+']':String(x); const d=q(lit(c.desired)),g=e=>`(${v} != null and ${e})`;
  switch(c.operator){
   case 'StringEquals':case 'Equals':return `${v} == ${d}`; case 'NotStringEquals':return `${v} != ${d}`;
   case 'StringIn':return `${v} in ${d}`; case 'StringContains':return g(`contains(${v}, ${d})`);
   case 'Greater':return g(`${v} > ${d}`); case 'GreaterOrEquals':return g(`${v} >= ${d}`); case 'LessOrEquals':return g(`${v} <= ${d}`);
   case 'IsNotStringEmpty':return `(${v} != null and ${v} != '')`; case 'IsStringEmpty':return `(${v} == null or ${v} == '')`;
   case 'Contains':return g(`contains(${v}, ${d})`); case 'NotContains':return `not contains(${v}, ${d})`;
   case 'StringMatches':return g(`matches(${v}, ${d})`); }},' and ',' or '); }
// ---- JMESPath (regex is a custom function there)
function jmes(){ return all(c=>{ const v=segs(c.featurePath).map(s=>typeof s==='number'?`[${s}]`:'.'+s).join('').replace(/^\./,''); const l=lit(c.desired),d=typeof l==='string'?`'${l}'`:'`'+S(l)+'`';
  switch(c.operator){
   case 'StringEquals':case 'Equals':return `${v}==${d}`; case 'NotStringEquals':return `${v}!=${d}`;
   case 'StringIn':return `contains(${d}, ${v})`; case 'StringContains':return `(${v} && contains(${v}, ${d}))`;
   case 'Greater':return `${v}>${d}`; case 'GreaterOrEquals':return `${v}>=${d}`; case 'LessOrEquals':return `${v}<=${d}`;
   case 'IsNotStringEmpty':return `(${v} != null && ${v} != '')`; case 'IsStringEmpty':return `(${v} == null || ${v} == '')`;
   case 'Contains':return `contains(${v}, ${d})`; case 'NotContains':return `!contains(${v}, ${d})`;
   case 'StringMatches':return `regex(${v}, ${d})`; }},' && ',' || '); }
// ---- SQL: mode 'json' = text JSON + path functions, 'struct' = DuckDB inferred columns, 'sqlite'
function sql(mode){ const q=s=>"'"+String(s).replace(/'/g,"''")+"'";
 return all(c=>{ const sg=segs(c.featurePath); let s,n,b,ex,arr; const l=lit(c.desired),bool=typeof l==='boolean';
  if(mode==='struct'){ const v=sg.map((x,i)=>typeof x==='number'?`[${x+1}]`:(i?'.':'')+'"'+x+'"').join(''); s=n=b=v; arr=`list_contains(${v},${q(l)})`; }
  else if(mode==='json'){ const p=q(c.featurePath); s=`(j->>${p})`; n=`CAST(j->>${p} AS DOUBLE)`; b=`CAST(j->>${p} AS BOOLEAN)`; arr=`json_contains(j->${p},${q(S(l))})`; }
  else { const p=q(c.featurePath); s=n=b=`json_extract(j,${p})`; arr=`EXISTS(SELECT 1 FROM json_each(j,${p}) WHERE value=${q(l)})`; }
  const eq=bool?`${b}=${mode==='sqlite'?+l:l}`:`${s}=${q(l)}`;
  switch(c.operator){
   case 'StringEquals':return eq; case 'NotStringEquals':return `coalesce(NOT (${eq}),true)`; case 'Equals':return `${n}=${l}`;
   case 'StringIn':return `${s} IN (${l.map(q).join(',')})`; case 'StringContains':return mode==='sqlite'?`instr(${s},${q(l)})>0`:`contains(${s},${q(l)})`;
   case 'Greater':return `${n}>${l}`; case 'GreaterOrEquals':return `${n}>=${l}`; case 'LessOrEquals':return `${n}<=${l}`;
   case 'IsNotStringEmpty':return `coalesce(${s}<>'',false)`; case 'IsStringEmpty':return `coalesce(${s}='',true)`;
   case 'Contains':return `coalesce(${arr},false)`; case 'NotContains':return `NOT coalesce(${arr},false)`;
   case 'StringMatches':return mode==='sqlite'?`${s} REGEXP ${q(l)}`:`regexp_matches(${s},${q(l)})`; }},' AND ',' OR '); }
// ---- JSON Schema (ajv)
function schema(){ const esc=d=>d.replace(/[.*+?^${}()|[\]\\\/]/g,'\\$&'); const leaf=c=>{ let t,neg=false; const d=lit(c.desired);
  switch(c.operator){
   case 'StringEquals':case 'Equals':t={const:d};break; case 'NotStringEquals':t={const:d};neg=true;break; case 'StringIn':t={enum:d};break;
   case 'StringContains':t={type:'string',pattern:esc(d)};break; case 'StringMatches':t={type:'string',pattern:d};break;
   case 'Greater':t={type:'number',exclusiveMinimum:d};break; case 'GreaterOrEquals':t={type:'number',minimum:d};break; case 'LessOrEquals':t={type:'number',maximum:d};break;
   case 'IsNotStringEmpty':t={not:{const:''}};break; case 'IsStringEmpty':t={not:{const:''}};neg=true;break;
   case 'Contains':t={type:'array',contains:{const:d}};break; case 'NotContains':t={type:'array',contains:{const:d}};neg=true;break; }
  for(const s of segs(c.featurePath).reverse()) t=typeof s==='number'?{type:'array',minItems:s+1,items:[...Array(s).fill({}),t],additionalItems:true}:{type:'object',required:[s],properties:{[s]:t}};
  return neg?{not:t}:t; };
 return rules.map(r=>tree(r.cond,leaf,xs=>({allOf:xs}),xs=>({anyOf:xs}))); }
// ---- json-rules-engine
function jre(){ const leaf=c=>({fact:'r',path:c.featurePath,operator:c.operator,value:c.desired===undefined?true:lit(c.desired)});
 return rules.map(r=>{ let t=tree(r.cond,leaf,xs=>({all:xs}),xs=>({any:xs})); if(!t.all&&!t.any) t={all:[t]}; return {conditions:t,event:{type:r.id}}; }); }
// ---- Rego
function rego(){ let aux=[],k=0; const v=p=>'input'+segs(p).map(s=>`[${S(s)}]`).join('');
 const leaf=c=>{ const x=v(c.featurePath),d=S(lit(c.desired));
  switch(c.operator){
   case 'StringEquals':case 'Equals':return [`${x} == ${d}`]; case 'NotStringEquals':return [`not ${x} == ${d}`];
   case 'StringIn':return [`${x} in ${d}`]; case 'StringContains':return [`contains(${x}, ${d})`];
   case 'Greater':return [`${x} > ${d}`]; case 'GreaterOrEquals':return [`${x} >= ${d}`]; case 'LessOrEquals':return [`${x} <= ${d}`];
   case 'IsNotStringEmpty':return [`${x} != ""`]; case 'IsStringEmpty':return [`not ${x} != ""`];
   case 'Contains':return [`${d} in ${x}`]; case 'NotContains':return [`not ${d} in ${x}`]; case 'StringMatches':return [`regex.match(${d}, ${x})`]; }};
 const heads=rules.map(r=>{ const body=tree(r.cond,leaf,xs=>xs.flat(),xs=>{ const n='o'+(++k); for(const x of xs) aux.push(`${n} if {\n ${x.join('\n ')}\n}`); return [n]; });
   return `pass contains ${S(r.id)} if {\n ${body.join('\n ')}\n}`; });
 return 'package bench\nimport rego.v1\n\n'+heads.join('\n')+'\n'+aux.join('\n')+'\n'; }
module.exports={rules,segs,js,jq,jqProgram,jsonata,cel,zen,jmes,sql,schema,jre,rego};
if(require.main===module){ const o=process.argv[2]; fs.mkdirSync(o,{recursive:true});
 fs.writeFileSync(o+'/rules.jq',jqProgram()); fs.writeFileSync(o+'/rules.jmes.json',S(jmes())); fs.writeFileSync(o+'/rules.rego',rego());
 fs.writeFileSync(o+'/rules.sqlite.sql',`.mode ascii\n.separator "\\037" "\\n"\nCREATE TABLE t(j TEXT);\n.import DATA t\n.mode list\n.separator ,\nSELECT ${sql('sqlite').map(e=>`coalesce(sum(CASE WHEN ${e} THEN 1 ELSE 0 END),0)`).join(',\n')} FROM t;\n`);
 console.log('written to',o); }
