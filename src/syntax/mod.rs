//! Dockerfile text to a lossless [`Dockerfile`].
//!
//! Invariant: the items tile the file; concatenating the source of every item gives back the file byte for byte.
//! The rules are those of BuildKit's parser and of its typed instruction layer.

use crate::source::Span;
use std::ops::Range;

/// A parsed Dockerfile: its bytes, its parser directives and its items in order.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    /// The file as it was read.
    pub source: Vec<u8>,
    /// The escape character in force, `\` or `` ` ``.
    pub escape: u8,
    /// Everything in the file, in order and without gaps.
    pub items: Vec<Item>,
}

/// One piece of a Dockerfile; items tile the file.
#[derive(Clone, Debug)]
pub enum Item {
    /// A byte order mark or a line of white space, line end included.
    Blank(Span),
    /// A comment line outside any instruction, line end included.
    Comment(Span),
    /// A parser directive line such as `# syntax=…`, line end included.
    Directive(Directive),
    /// An instruction with all its lines, inner comments and heredocs, line ends included.
    Instruction(Box<Instruction>),
}

/// A parser directive.
#[derive(Clone, Debug)]
pub struct Directive {
    /// The whole line, line end included.
    pub span: Span,
    /// Lower-case key: `syntax`, `escape` or `check`.
    pub key: String,
    /// The trimmed value.
    pub value: String,
}

/// One instruction of any kind.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// All its bytes, including the last line's end and heredoc bodies.
    pub span: Span,
    /// Where the keyword stands.
    pub keyword_span: Span,
    /// Flags such as `--from=x`, in order.
    pub flags: Vec<Flag>,
    /// The text after the flags, continuations joined, trimmed.
    pub args: LogicalText,
    /// Here-documents of RUN, COPY and ADD, in order.
    pub heredocs: Vec<Heredoc>,
    /// What the instruction says.
    pub kind: Kind,
}

/// A flag of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Name without the leading dashes.
    pub name: String,
    /// Value after `=`, quotes removed; absent for a bare flag.
    pub value: Option<String>,
    /// Where the flag stands in the source.
    pub span: Span,
}

/// A here-document.
#[derive(Clone, Debug)]
pub struct Heredoc {
    /// The delimiter, unquoted.
    pub delimiter: String,
    /// True when the body is expanded (no quote in the delimiter word).
    pub expand: bool,
    /// True for `<<-`: leading tabs are stripped.
    pub chomp: bool,
    /// The body in the source, without the terminator line.
    pub body: Span,
    /// The body's text as the consumer sees it (tabs stripped for `<<-`).
    pub text: String,
}

/// Text of an instruction with its continuation lines joined, and the way back to the source.
#[derive(Clone, Debug, Default)]
pub struct LogicalText {
    pub(crate) text: String,
    /// For each run of logical bytes: (logical start, source start); sorted. Private to the module.
    pub(crate) pieces: Vec<(u32, u32)>,
    pub(crate) end: u32,
}

impl LogicalText {
    /// The joined text. Bytes that are not UTF-8 appear as U+FFFD.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Maps a range of the joined text to the smallest span of the source that holds it.
    pub fn span(&self, range: Range<usize>) -> Span {
        let map=|o:usize| { let i=self.pieces.partition_point(|p| p.0 as usize<=o)-1; self.pieces[i].1 as usize + o - self.pieces[i].0 as usize };
        if range.is_empty() { let p=map(range.start); return Span::new(p,p); }
        Span::new(map(range.start), map(range.end-1)+1)
    }
}

/// What an instruction says, per keyword.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `FROM`.
    From(From),
    /// `RUN`.
    Run(Command),
    /// `CMD`.
    Cmd(Command),
    /// `ENTRYPOINT`.
    Entrypoint(Command),
    /// `SHELL`.
    Shell(Vec<String>),
    /// `COPY`.
    Copy(Copy),
    /// `ADD`.
    Add(Copy),
    /// `ENV`: names and values, unexpanded, quotes kept.
    Env(Vec<Pair>),
    /// `LABEL`, likewise.
    Label(Vec<Pair>),
    /// `ARG`: names and default values, unexpanded, quotes kept.
    Arg(Vec<ArgDeclaration>),
    /// `WORKDIR`, unexpanded.
    Workdir(String),
    /// `USER`, unexpanded.
    User(String),
    /// `EXPOSE`, unexpanded words.
    Expose(Vec<String>),
    /// `VOLUME`, unexpanded paths.
    Volume(Vec<String>),
    /// `STOPSIGNAL`, unexpanded.
    Stopsignal(String),
    /// `HEALTHCHECK`; `None` for `HEALTHCHECK NONE`.
    Healthcheck(Option<Command>),
    /// `ONBUILD` with its trigger.
    Onbuild(Box<Instruction>),
    /// `MAINTAINER`.
    Maintainer(String),
}

/// `FROM image AS name`.
#[derive(Clone, Debug)]
pub struct From {
    /// The image as written.
    pub image: String,
    /// Where the image stands.
    pub image_span: Span,
    /// The stage name in lower case.
    pub name: Option<String>,
    /// The value of `--platform`.
    pub platform: Option<String>,
}

/// A command in exec or shell form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A JSON array of strings.
    Exec(Vec<String>),
    /// Text for the shell, verbatim; the same text as [`Instruction::args`].
    Shell(String),
}

/// The arguments of COPY and ADD.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Sources as written, unexpanded. Heredoc sources appear as [`CopySource::Heredoc`].
    pub sources: Vec<CopySource>,
    /// Destination as written, unexpanded.
    pub destination: String,
    /// `--from`.
    pub from: Option<String>,
    /// `--chown`, unexpanded.
    pub chown: Option<String>,
    /// `--chmod`, unexpanded.
    pub chmod: Option<String>,
    /// `--link` is set.
    pub link: bool,
}

/// One source of COPY or ADD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopySource {
    /// A path or pattern, or for ADD a URL.
    Path(String),
    /// Index into [`Instruction::heredocs`].
    Heredoc(usize),
}

/// A `name=value` pair of ENV or LABEL, quotes and escapes kept.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value as written, or the rest of the line for the old form.
    pub value: String,
    /// The whole pair in the source.
    pub span: Span,
}

/// A name of `ARG` with its default, quotes and escapes kept.
#[derive(Clone, Debug)]
pub struct ArgDeclaration {
    /// The name.
    pub name: String,
    /// The default as written.
    pub default: Option<String>,
    /// The declaration in the source.
    pub span: Span,
}
// STUB
#[allow(missing_docs)]
#[derive(Clone, Debug)]
pub struct SyntaxError(pub String);
impl std::fmt::Display for SyntaxError { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) } }
fn stub_words(t: &str) -> Vec<String> {
    let mut v = vec![]; let mut cur = String::new(); let mut q: Option<char> = None; let mut esc = false; let mut any=false;
    for c in t.chars() {
        if esc { cur.push(c); esc=false; continue; }
        match (q, c) {
            (Some(k), c) if c==k => { cur.push(c); q=None; }
            (None, '"'|'\'') => { q=Some(c); cur.push(c); any=true; }
            (_, '\\') => { cur.push(c); esc=true; }
            (None, c) if c.is_whitespace() => { if any||!cur.is_empty() { v.push(std::mem::take(&mut cur)); any=false; } }
            (_, c) => { cur.push(c); any=true; }
        }
    }
    if !cur.is_empty() { v.push(cur); }
    v
}
fn stub_cmd(t: &str) -> Command { match serde_json::from_str::<Vec<String>>(t) { Ok(v) if t.starts_with('[') => Command::Exec(v), _ => Command::Shell(t.to_owned()) } }
#[allow(missing_docs)]
pub fn parse(src: &[u8]) -> Result<Dockerfile, Vec<SyntaxError>> {
    let text = String::from_utf8_lossy(src).into_owned();
    let mut items = vec![]; let mut pos=0usize; let bytes=text.as_bytes();
    let line_end=|p:usize| bytes[p..].iter().position(|b| *b==b'\n').map_or(bytes.len(),|i| p+i+1);
    let mut directives = true;
    while pos<bytes.len() {
        let e=line_end(pos); let l=&text[pos..e]; let t=l.trim();
        if t.is_empty() { items.push(Item::Blank(Span::new(pos,e))); pos=e; continue; }
        if t.starts_with('#') {
            if directives && let Some((k,v))=t[1..].split_once('=') && matches!(k.trim(),"syntax"|"escape"|"check") { items.push(Item::Directive(Directive{span:Span::new(pos,e),key:k.trim().into(),value:v.trim().into()})); }
            else { items.push(Item::Comment(Span::new(pos,e))); } pos=e; continue; }
        directives=false;
        let start=pos; let mut logical=String::new(); let mut pieces=vec![];
        let mut first=true;
        loop {
            let e=line_end(pos); let l=&text[pos..e]; let tr=l.trim_end_matches(['\n','\r']);
            if !first && (tr.trim().is_empty() || tr.trim_start().starts_with('#')) { pos=e; if pos>=bytes.len(){break;} continue; }
            let off = if first { tr.len()-tr.trim_start().len() } else {0};
            let body=tr[off..].trim_end_matches([' ','\t']);
            let cont=body.ends_with('\\') && !body.ends_with("\\\\");
            let body2= if cont {&body[..body.len()-1]} else { &tr[off..] };
            pieces.push((logical.len() as u32,(pos+off) as u32)); logical.push_str(body2); first=false; pos=e;
            if !cont || pos>=bytes.len() {break;}
        }
        let trimmed=logical.trim_end().to_owned();
        let kwlen=trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let kw=trimmed[..kwlen].to_uppercase();
        let map=|o:usize| { let i=pieces.partition_point(|p| p.0 as usize<=o)-1; pieces[i].1 as usize + o - pieces[i].0 as usize };
        let mut at=kwlen; let mut flags=vec![];
        loop { while at<trimmed.len() && trimmed.as_bytes()[at].is_ascii_whitespace(){at+=1;}
            if trimmed[at..].starts_with("--") { let end=trimmed[at..].find(char::is_whitespace).map_or(trimmed.len(),|i|at+i); let w=&trimmed[at+2..end]; let (n,v)=match w.split_once('='){Some((n,v))=>(n,Some(v.to_owned())),None=>(w,None)}; flags.push(Flag{name:n.into(),value:v,span:Span::new(map(at),map(end-1)+1)}); at=end; } else {break;} }
        let args_text=trimmed[at..].to_owned();
        let apieces: Vec<(u32,u32)> = { let mut v=vec![(0u32, if at<trimmed.len(){map(at) as u32}else{0})]; for p in &pieces { if p.0 as usize>at { v.push((p.0-at as u32,p.1)); } } v };
        let mut heredocs=vec![];
        if matches!(kw.as_str(),"RUN"|"COPY"|"ADD") { for w in stub_words(&args_text) { if let Some(d)=w.strip_prefix("<<") { let chomp=d.starts_with('-'); let d=d.trim_start_matches('-'); let expand=!d.contains(['"','\'']); let delim=d.trim_matches(['"','\'']).to_owned(); if delim.is_empty()||delim.starts_with('<') {continue;} let bs=pos; let mut be=pos; while pos<bytes.len(){ let e=line_end(pos); if text[pos..e].trim_end_matches(['\n','\r'])==delim { be=pos; pos=e; break;} pos=e; } heredocs.push(Heredoc{delimiter:delim,expand,chomp,body:Span::new(bs,be),text:text[bs..be].to_owned()}); } } }
        let f=|n:&str| flags.iter().find(|f|f.name==n).and_then(|f|f.value.clone());
        let a=args_text.as_str();
        let split=||a.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let pairs=|sp:&str| -> Vec<Pair> { let w=stub_words(sp); if w.first().is_some_and(|w|!w.contains('=')) { let (n,v)=sp.split_once(char::is_whitespace).unwrap_or((sp,"")); vec![Pair{name:n.into(),value:v.trim().into(),span:Span::default()}] } else { w.iter().map(|w|{let (n,v)=w.split_once('=').unwrap_or((w,""));Pair{name:n.into(),value:v.into(),span:Span::default()}}).collect() } };
        let kind=match kw.as_str() {
            "FROM"=>{ let w=split(); let is=map(at); Kind::From(From{image:w[0].clone(),image_span:Span::new(is,is+w[0].len()),name:w.get(2).map(|s|s.to_lowercase()),platform:f("platform")}) }
            "RUN"=>Kind::Run(stub_cmd(a)),"CMD"=>Kind::Cmd(stub_cmd(a)),"ENTRYPOINT"=>Kind::Entrypoint(stub_cmd(a)),
            "SHELL"=>Kind::Shell(serde_json::from_str(a).unwrap_or_default()),
            "COPY"|"ADD"=>{ let w:Vec<String>=serde_json::from_str(a).unwrap_or_else(|_|split()); let (d,s)=w.split_last().unwrap(); let mut h=0; let c=Copy{sources:s.iter().map(|x| if x.starts_with("<<"){h+=1;CopySource::Heredoc(h-1)}else{CopySource::Path(x.clone())}).collect(),destination:d.clone(),from:f("from"),chown:f("chown"),chmod:f("chmod"),link:false}; if kw=="COPY"{Kind::Copy(c)}else{Kind::Add(c)} }
            "ENV"=>Kind::Env(pairs(a)),"LABEL"=>Kind::Label(pairs(a)),
            "ARG"=>Kind::Arg(stub_words(a).iter().map(|w|{let (n,v)=match w.split_once('='){Some((n,v))=>(n,Some(v.to_owned())),None=>(w.as_str(),None)};ArgDeclaration{name:n.into(),default:v,span:Span::default()}}).collect()),
            "WORKDIR"=>Kind::Workdir(a.into()),"USER"=>Kind::User(a.into()),"EXPOSE"=>Kind::Expose(split()),
            "VOLUME"=>Kind::Volume(serde_json::from_str(a).unwrap_or_else(|_|split())),"STOPSIGNAL"=>Kind::Stopsignal(a.into()),
            "HEALTHCHECK"=>Kind::Healthcheck(a.strip_prefix("CMD").map(|r|stub_cmd(r.trim()))),
            "MAINTAINER"=>Kind::Maintainer(a.into()),
            "ONBUILD"=>Kind::Maintainer(a.into()),
            other=>return Err(vec![SyntaxError(format!("unknown {other}"))]),
        };
        items.push(Item::Instruction(Box::new(Instruction{span:Span::new(start,pos),keyword_span:Span::new(map(0),map(0)+kwlen),flags,args:LogicalText{text:args_text,pieces:apieces,end:0},heredocs,kind})));
    }
    Ok(Dockerfile{source:src.to_vec(),escape:b'\\',items})
}
#[allow(missing_docs)]
pub fn expand(t: &str, _: u8, get: &dyn Fn(&str) -> Option<String>) -> Result<String, SyntaxError> {
    let mut out=String::new(); let c:Vec<char>=t.chars().collect(); let mut i=0; let mut q:Option<char>=None;
    while i<c.len() { match c[i] {
        '\\' if q!=Some('\'') && i+1<c.len() => { out.push(c[i+1]); i+=2; continue; }
        x@('"'|'\'') if q.is_none()||q==Some(x) => { q=if q.is_none(){Some(x)}else{None}; }
        '$' if q!=Some('\'') => { let mut j=i+1; let br=j<c.len()&&c[j]=='{'; if br {j+=1;} let s=j; while j<c.len()&&(c[j].is_alphanumeric()||c[j]=='_'){j+=1;} let n:String=c[s..j].iter().collect();
            if br { let mut k=j; while k<c.len()&&c[k]!='}'{k+=1;} let rest:String=c[j..k].iter().collect(); let v=get(&n); if let Some(d)=rest.strip_prefix(":-") { out.push_str(&v.filter(|v|!v.is_empty()).unwrap_or(d.to_owned())); } else if let Some(d)=rest.strip_prefix(":+") { if v.is_some(){out.push_str(d);} } else { out.push_str(&v.unwrap_or_default()); } i=k+1; continue; }
            out.push_str(&get(&n).unwrap_or_default()); i=j; continue; }
        x=>out.push(x) } i+=1; }
    Ok(out)
}
impl Dockerfile {
    #[allow(missing_docs)]
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> { self.items.iter().filter_map(|i| match i { Item::Instruction(i) => Some(&**i), _ => None }) }
    #[allow(missing_docs)]
    pub fn newline(&self) -> &'static str { "\n" }
}
