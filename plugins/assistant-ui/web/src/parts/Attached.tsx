// Images, files and sources of a message.
import type {
  FileMessagePartProps,
  ImageMessagePartProps,
  SourceMessagePartProps,
} from "@assistant-ui/react";

/** Only what is in the message itself is drawn; an address elsewhere becomes a link. */
export function ImagePart({ image, filename }: ImageMessagePartProps) {
  if (image.startsWith("data:image/"))
    return <img className="picture" src={image} alt={filename ?? "Image"} />;
  return <Outside href={image} text={filename ?? "Image"} />;
}

export function FilePart({ data, mimeType, filename }: FileMessagePartProps) {
  const address = /^(data:|https?:)/.test(data) ? data : `data:${mimeType};base64,${data}`;
  if (mimeType.startsWith("image/") && address.startsWith("data:"))
    return <img className="picture" src={address} alt={filename ?? "Image"} />;
  return (
    <a className="file" href={address} download={filename ?? "file"} rel="noopener noreferrer">
      {filename ?? mimeType}
    </a>
  );
}

export function SourcePart(source: SourceMessagePartProps) {
  return (
    <p className="source">
      <Outside href={source.url ?? ""} text={source.title ?? source.url ?? "Source"} />
    </p>
  );
}

function Outside({ href, text }: { href: string; text: string }) {
  if (!/^https?:\/\//i.test(href)) return <span>{text}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
}
