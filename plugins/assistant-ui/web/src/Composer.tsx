// The box to write in: Enter sends, Shift+Enter breaks the line, images by button, paste or drop.
import { AttachmentPrimitive, AuiIf, ComposerPrimitive, useAuiState } from "@assistant-ui/react";
import { useEffect, useState } from "react";

export function Composer() {
  return (
    <ComposerPrimitive.AttachmentDropzone className="dropzone">
      <ComposerPrimitive.Root className="composer">
        <div className="attachments">
          <ComposerPrimitive.Attachments>{() => <Attachment />}</ComposerPrimitive.Attachments>
        </div>
        <div className="composer-row">
          <ComposerPrimitive.AddAttachment
            type="button"
            className="icon"
            aria-label="Attach images"
            title="Attach images"
          >
            <span aria-hidden="true">+</span>
          </ComposerPrimitive.AddAttachment>
          <ComposerPrimitive.Input
            className="input"
            aria-label="Message"
            placeholder="Write a message"
            rows={1}
            maxRows={10}
            autoFocus
            unstable_insertNewlineOnTouchEnter
          />
          <AuiIf condition={(s) => !s.thread.isRunning}>
            <ComposerPrimitive.Send className="primary">Send</ComposerPrimitive.Send>
          </AuiIf>
          <AuiIf condition={(s) => s.thread.isRunning}>
            <ComposerPrimitive.Cancel className="primary stop">Stop</ComposerPrimitive.Cancel>
          </AuiIf>
        </div>
      </ComposerPrimitive.Root>
    </ComposerPrimitive.AttachmentDropzone>
  );
}

function Attachment() {
  const name = useAuiState((s) => s.attachment.name);
  const file = useAuiState((s) => s.attachment.file);
  const source = useAddressOf(file);
  return (
    <AttachmentPrimitive.Root className="attachment">
      {source && <img src={source} alt="" />}
      <span>{name}</span>
      <AttachmentPrimitive.Remove className="icon" aria-label={`Remove ${name}`}>
        <span aria-hidden="true">×</span>
      </AttachmentPrimitive.Remove>
    </AttachmentPrimitive.Root>
  );
}

function useAddressOf(file: File | undefined): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!file) return undefined;
    const made = URL.createObjectURL(file);
    // eslint-disable-next-line react-hooks/set-state-in-effect -- must be released, so made here
    setAddress(made);
    return () => {
      URL.revokeObjectURL(made);
    };
  }, [file]);
  return address;
}
